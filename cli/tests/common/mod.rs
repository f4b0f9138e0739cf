//! A sandbox, a configuration for it, and the command run against them. Everything is on free loopback ports and in a
//! temporary folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each suite uses its part")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use skm_sandbox::{Level, Options, Person, Sandbox};

/// Longest run of the command.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sandbox and a folder with its configuration.
pub struct Bench {
    pub sandbox: Sandbox,
    pub folder: tempfile::TempDir,
}

/// What a run left.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    pub fn new() -> Bench {
        Bench::with(Options::on_free_port())
    }

    pub fn with(options: Options) -> Bench {
        let sandbox = Sandbox::start(options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let bench = Bench { sandbox, folder };
        bench.write("skm.toml", bench.sandbox.config_toml());
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that only its owner can read.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }

    /// Writes the sandbox's configuration with one text replaced; it must be there.
    pub fn change(&self, from: &str, to: &str) {
        let text = self.sandbox.config_toml();
        assert!(text.contains(from), "the configuration has {from}");
        self.write("skm.toml", text.replacen(from, to, 1));
    }

    /// The value of a key in the sandbox's configuration, by `section.key`.
    pub fn value(&self, key: &str) -> String {
        let table: toml::Table = self.sandbox.config_toml().parse().unwrap();
        let (section, key) = key.split_once('.').unwrap();
        table[section][key].as_str().unwrap().to_owned()
    }

    pub fn person(&self, level: Level) -> Person {
        self.sandbox.people().into_iter().find(|person| person.level == level).unwrap()
    }

    pub fn qr(&self, level: Level) -> String {
        self.sandbox.fresh_qr(&self.person(level).number).unwrap()
    }

    /// Runs the command in the folder, where skm.toml is the configuration.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Run {
        run_in(self.folder.path(), arguments, stdin.as_ref())
    }

    /// Runs with `--json`, and checks what holds for every command: one object on standard output, nothing on standard
    /// error, `ok` or an error.
    pub fn json(&self, arguments: &[&str]) -> (i32, Value) {
        self.json_with(arguments, "")
    }

    pub fn json_with(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> (i32, Value) {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        self.run_with(&arguments, stdin).json()
    }
}

impl Run {
    pub fn json(&self) -> (i32, Value) {
        assert_eq!(self.stderr, "", "nothing on standard error");
        assert_eq!(self.stdout.matches('\n').count(), 1, "one line: {}", self.stdout);
        let value: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(value.is_object());
        if value["ok"] == false {
            assert_eq!(value["verdict"], "unverified");
            assert!(value["error"]["number"].is_i64());
            assert!(value["error"]["name"].is_string());
            assert!(value["error"]["retryable"].is_boolean());
            assert!(!value["error"]["message"].as_str().unwrap().is_empty());
            assert!(!value["error"]["message_zh"].as_str().unwrap().is_empty());
            assert!(value["error"].get("platform_code").is_some());
            assert_ne!(self.code, 0);
        }
        (self.code, value)
    }

    /// Everything the run printed.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skm"));
    command.current_dir(folder).env_remove("SKM_CONFIG").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn run_in(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Run {
    let mut child = command(folder).args(arguments).spawn().unwrap();
    // The command may end without reading what it is given.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    finish(child)
}

/// Runs the command with something else as its standard output; what it wrote there is not in the run.
pub fn run_into(folder: &Path, arguments: &[&str], stdout: Stdio) -> Run {
    finish(command(folder).args(arguments).stdout(stdout).stdin(Stdio::null()).spawn().unwrap())
}

/// Asks this machine, whatever proxy the environment names.
pub fn get(url: &str) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    agent.get(url).call()
}

/// Waits for the end, and kills what does not come to it.
pub fn finish(mut child: Child) -> Run {
    let read = |mut pipe: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut text = String::new();
            pipe.read_to_string(&mut text).unwrap();
            text
        })
    };
    // Absent where a test gave the command another standard output.
    let stdout = child.stdout.take().map(|pipe| read(Box::new(pipe)));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the command did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let stdout = stdout.map(|reading| reading.join().unwrap()).unwrap_or_default();
    Run { code: status.code().unwrap_or(-1), stdout, stderr: stderr.join().unwrap() }
}

/// An address at which nobody listens: the system never gives this port out.
pub const NOBODY: &str = "http://127.0.0.1:1";
