//! Sends at once. sqlx 0.9.0 forgot to turn Nagle's algorithm off (its issue 4335: mended, not yet released), and has
//! no way in to the socket: a statement larger than one segment then waits 40 ms for the server's delayed
//! acknowledgement. A batch of a hundred messages took 126 ms with it and 49 without, in a debug build on a busy
//! machine. So the socket is looked up among the process's own. To be removed with the next sqlx.

/// Turns Nagle's algorithm off on this process's connections to a port. Where that does not work things are slower,
/// not wrong, so nothing is reported.
#[cfg(target_os = "linux")]
pub(super) fn towards(port: u16) {
    use nix::sys::socket::SockaddrStorage;
    use nix::sys::socket::getpeername;
    use nix::sys::socket::setsockopt;
    use nix::sys::socket::sockopt::TcpNoDelay;

    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers = open.filter_map(|file| file.ok()?.file_name().to_str()?.parse().ok());
    for number in numbers {
        let Ok(peer) = getpeername::<SockaddrStorage>(number) else {
            continue;
        };
        let to = peer
            .as_sockaddr_in()
            .map(nix::sys::socket::SockaddrIn::port)
            .or_else(|| {
                peer.as_sockaddr_in6()
                    .map(nix::sys::socket::SockaddrIn6::port)
            });
        if to == Some(port) {
            // Another thread may have closed it, or reused its number: harmless either way.
            let _ = setsockopt(number, TcpNoDelay, &true);
        }
    }
}

/// Elsewhere nothing is done.
#[cfg(not(target_os = "linux"))]
pub(super) fn towards(_port: u16) {}
