//! The real program, with everything it writes to its standard output and standard error in files.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

pub struct Program {
    folder: PathBuf,
    environment: Vec<(String, String)>,
    serving: Option<Child>,
    pub api: String,
    pub admin: String,
}

impl Program {
    /// A program with a folder of its own and these settings, by the names of its configuration.
    pub fn new(settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("schakel-kanarie-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(folder.join("data")).expect("a folder");
        let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let [api, admin] = free.map(|socket| socket.local_addr().expect("bound").to_string());
        let data = folder.join("data").to_string_lossy().into_owned();
        let own = [
            ("http.adres", api.as_str()),
            ("beheer.adres", admin.as_str()),
            ("opslag.map", data.as_str()),
        ];
        let environment = own
            .iter()
            .chain(settings)
            .map(|(name, value)| {
                let name = name.replace('.', "_").to_ascii_uppercase();
                (format!("SCHAKEL_{name}"), (*value).to_owned())
            })
            .collect();
        Self {
            folder,
            environment,
            serving: None,
            api: format!("http://{api}"),
            admin: format!("http://{admin}"),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command to its end; both streams are appended to the files of this name.
    pub fn run(&self, name: &str, arguments: &[&str]) -> (i32, String) {
        let ended = self.command(arguments).output().expect("it starts");
        let out = String::from_utf8_lossy(&ended.stdout).into_owned();
        std::fs::write(self.folder.join(format!("{name}.stderr")), ended.stderr).expect("written");
        (ended.status.code().unwrap_or(-1), out)
    }

    /// The standard error of an earlier command.
    pub fn stderr(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(format!("{name}.stderr"))).expect("it ran")
    }

    /// Makes a key; the key itself is the one line of the standard output.
    pub fn key(&self, org: &str, scopes: &[&str]) -> String {
        let mut arguments = vec!["keys", "create", "--org", org, "--name", "kanarie"];
        arguments.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
        let (code, out) = self.run("keys", &arguments);
        assert_eq!(code, 0, "{}", String::from_utf8_lossy(&self.stderr("keys")));
        out.trim().to_owned()
    }

    /// Starts to serve and waits until it does.
    pub fn serve(&mut self) {
        let create = |name| File::create(self.folder.join(name)).expect("a file");
        let (out, err) = (create("serve.stdout"), create("serve.stderr"));
        let child = self.command(&["serve"]).stdout(out).stderr(err).spawn();
        self.serving = Some(child.expect("it starts"));
        let address = self.api.trim_start_matches("http://").to_owned();
        let until = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(&address).is_err() {
            let log = String::from_utf8_lossy(&self.stderr("serve")).into_owned();
            assert!(Instant::now() < until, "it does not serve: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to stop and waits until it did.
    pub fn stop(&mut self) {
        let mut child = self.serving.take().expect("it serves");
        let pid = child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill runs").success());
        assert!(child.wait().expect("it ended").success());
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schakel"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(child) = &mut self.serving {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
