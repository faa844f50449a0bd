use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; `convert`, `validate`: everything was taken (and written).
    Done,
    /// 1: not done; `convert`, `validate`: nothing was taken.
    Failed,
    /// 2: `convert`, `validate`, `replay`: some were taken, some refused; `convert`: some values could not be written.
    Partly,
    /// 64: wrong usage of the command line (`EX_USAGE` of sysexits.h, so that 2 keeps one meaning).
    Usage,
    /// 78: the configuration has faults (`EX_CONFIG`).
    Config,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Partly => 2,
            Exit::Usage => 64,
            Exit::Config => 78,
        })
    }
}
