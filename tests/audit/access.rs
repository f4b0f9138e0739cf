//! Whose the files are, where they are, and when they are on the disk.
#![cfg(unix)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use skm::Client;
use skm::audit::Subject;
use skm::person::CertificateNumber;

use super::{Bench, DAY, NUMBER, config, leave_out, told};

const CHILD: &str = "SKM_AUDIT_ACCESS_CHILD";
/// Nobody's, but for these tests.
const SERVICE: (u32, u32) = (54_321, 54_322);
const SOMEBODY: u32 = 54_323;

fn owner(path: &Path) -> (u32, u32) {
    let found = path.metadata().unwrap();
    (found.uid(), found.gid())
}

/// Gives every file to the user of a service; only root can.
fn give_away(bench: &Bench) -> bool {
    for name in bench.names() {
        if chown(bench.folder.path().join(name), Some(SERVICE.0), Some(SERVICE.1)).is_err() {
            leave_out("whose the files of the evidence log are: only root can give files to another user");
            return false;
        }
    }
    true
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn erase(bench: &Bench) -> u64 {
    let subject = Subject::certificate(&CertificateNumber::from(NUMBER));
    bench.log().erase(&subject, skm::clock::Clock::now(&bench.clock)).unwrap().records
}

#[test]
fn what_root_writes_stays_the_services() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.records(2);
    if !give_away(&bench) {
        return;
    }
    set_mode(bench.file(), 0o640);
    // Rotated, rewritten, and every file made that can be missing.
    bench.clock.move_on(DAY);
    bench.records(2);
    assert_eq!(erase(&bench), 4);
    std::fs::remove_file(bench.beside("lock")).unwrap();
    std::fs::remove_file(bench.beside("head")).unwrap();
    std::fs::write(bench.file(), [&std::fs::read(bench.file()).unwrap()[..], b"{\"n\":"].concat()).unwrap();
    bench.records(1);
    let names = bench.names();
    assert_eq!(
        names,
        ["audit.jsonl", "audit.jsonl.000000000002", "audit.jsonl.head", "audit.jsonl.lock", "audit.jsonl.torn-5"]
    );
    for name in names {
        assert_eq!(owner(&bench.folder.path().join(&name)), SERVICE, "{name}");
    }
    assert_eq!(bench.file().metadata().unwrap().mode() & 0o777, 0o640);
}

/// Tells what the program's log would hold.
struct Told;

impl log::Log for Told {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("{}", record.args());
    }

    fn flush(&self) {}
}

/// In a child, as somebody else: a call on the next day, then a request for erasure.
fn the_next_day(file: &Path) {
    log::set_logger(&Told).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let mut bench = Bench::new();
    bench.settings.file = file.to_owned();
    bench.settings.rotate_daily = true;
    bench.clock.move_on(DAY);
    bench.records(1);
    let subject = Subject::certificate(&CertificateNumber::from(NUMBER));
    match bench.log().erase(&subject, skm::clock::Clock::now(&bench.clock)) {
        Ok(erased) => println!("erased: {}", erased.records),
        Err(error) => println!("{}: {error}", error.kind()),
    }
}

/// What this user is told whose call is to rotate the log.
fn as_somebody_else(bench: &Bench, user: u32, group: u32) -> Option<String> {
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "access::rotating_locks_nobody_out", "--nocapture", "--test-threads", "1"])
        .env(CHILD, bench.file())
        .uid(user)
        .gid(group)
        .output();
    match ran {
        Ok(output) => {
            assert!(output.status.success(), "{output:?}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(error) => {
            leave_out(&format!("rotation by somebody else: cannot be run as another user ({})", error.kind()));
            None
        }
    }
}

/// Where somebody may be locked out all the same, a rotation goes on and says so; an erasure, which can be asked for
/// again as the right user, fails.
#[test]
fn rotating_locks_nobody_out() {
    if let Some(file) = std::env::var_os(CHILD) {
        return the_next_day(Path::new(&file));
    }
    let (service, its_group) = SERVICE;
    for (user, group, mode, kept) in [
        (SOMEBODY, its_group, 0o666, true),
        (SOMEBODY, its_group, 0o660, true),
        (SOMEBODY, SOMEBODY, 0o666, true),
        (service, SOMEBODY, 0o600, true),
        (service, SOMEBODY, 0o640, false),
    ] {
        let mut bench = Bench::new();
        bench.settings.rotate_daily = true;
        bench.records(2);
        if !give_away(&bench) {
            return;
        }
        set_mode(bench.folder.path(), 0o777);
        bench.names().iter().for_each(|name| set_mode(&bench.folder.path().join(name), mode));
        let Some(said) = as_somebody_else(&bench, user, group) else { return };
        assert!(bench.beside("000000000002").exists(), "{said}");
        assert_eq!(owner(bench.file()), (user, group));
        assert_eq!(bench.file().metadata().unwrap().mode() & 0o777, mode);
        assert_eq!(said.contains("audit.jsonl loses its owner or group"), !kept, "{mode:o}: {said}");
        assert_eq!(said.contains("erased: 3"), kept, "{mode:o}: {said}");
        assert_eq!(said.contains("do this as its owner or as root"), !kept, "{mode:o}: {said}");
        assert!(!bench.beside("draft").exists());
        assert!(bench.verify().is_sound());
    }
}

/// What `kill -9` between the two renames of a rotation leaves, for a log that a group shares.
#[test]
fn a_rotation_that_was_cut_short_goes_on_for_the_same_users() {
    let cut_short = |draft: &str| {
        let bench = Bench::with(2);
        std::fs::rename(bench.file(), bench.beside("000000000002")).unwrap();
        std::fs::write(bench.beside("draft"), draft).unwrap();
        set_mode(&bench.beside("draft"), 0o660);
        bench
    };
    let mode = |bench: &Bench| bench.file().metadata().unwrap().mode() & 0o777;
    let bench = cut_short("");
    bench.records(1);
    assert_eq!((mode(&bench), bench.verify().records), (0o660, 3));
    assert!(!bench.beside("draft").exists());
    // An erasure makes drafts of its own.
    let bench = cut_short("");
    assert_eq!((erase(&bench), mode(&bench)), (2, 0o660));
    // What an erasure left when it was killed is not taken for the next file.
    let bench = cut_short("half of a file");
    bench.records(1);
    assert_eq!((mode(&bench), bench.verify().records), (0o600, 3));
}

#[test]
fn a_link_leads_to_the_log_and_stays_a_link() {
    let mut bench = Bench::new();
    let real = bench.folder.path().join("disk");
    std::fs::create_dir(&real).unwrap();
    // Two links, the second to a file that is not there yet.
    symlink("disk/middle", bench.file()).unwrap();
    symlink("real.jsonl", real.join("middle")).unwrap();
    bench.settings.key = None;
    bench.settings.rotate_daily = true;
    bench.records(2);
    bench.clock.move_on(DAY);
    bench.records(2);
    assert_eq!(bench.names(), ["audit.jsonl", "disk"]);
    assert_eq!(erase(&bench), 4);
    for name in ["real.jsonl", "real.jsonl.000000000002"] {
        assert!(!std::fs::read_to_string(real.join(name)).unwrap().contains("sha256:"), "{name}");
    }
    assert!(bench.file().is_symlink() && real.join("middle").is_symlink());
    // An old file that was moved away and linked to.
    std::fs::rename(real.join("real.jsonl.000000000002"), real.join("old")).unwrap();
    symlink("old", real.join("real.jsonl.000000000002")).unwrap();
    let report = bench.verify();
    assert_eq!((report.records, told(&report)), (4, Vec::new()));
}

/// Beside the log or on another disk: nothing can be renamed from one disk to another.
#[test]
fn an_old_file_behind_a_link_is_erased_too() {
    let disk = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let device = |folder: &Path| folder.metadata().unwrap().dev();
    let mut bench = Bench::new();
    if device(disk.path()) == device(bench.folder.path()) {
        leave_out("erasing on another disk: /dev/shm is none here; another folder stands in");
    }
    bench.settings.rotate_daily = true;
    bench.records(2);
    bench.clock.move_on(DAY);
    bench.records(2);
    bench.clock.move_on(DAY);
    bench.records(2);
    let moved = [
        (bench.beside("000000000002"), Path::new("moved").to_owned()),
        (bench.beside("000000000004"), disk.path().join("moved")),
    ];
    for (closed, target) in &moved {
        std::fs::copy(closed, bench.folder.path().join(target)).unwrap();
        std::fs::remove_file(closed).unwrap();
        symlink(target, closed).unwrap();
    }
    assert_eq!(erase(&bench), 6);
    for (closed, _) in &moved {
        assert!(closed.is_symlink() && !std::fs::read_to_string(closed).unwrap().contains("sha256:"));
    }
    assert_eq!(disk.path().read_dir().unwrap().count(), 1, "a draft stays behind");
    assert!(bench.verify().is_sound());
}

/// A link that stands where a file is to be made is not written through: whatever it leads to would be given away.
#[test]
fn nothing_is_written_through_a_link_in_the_place_of_a_draft() {
    let bench = Bench::with(2);
    let other = bench.folder.path().join("other");
    std::fs::write(&other, "somebody's").unwrap();
    symlink(&other, bench.beside("draft")).unwrap();
    assert_eq!(erase(&bench), 2);
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "somebody's");
    assert!(bench.verify().is_sound());
}

/// With `sync`, a loss of power must not leave records beside a head file that is empty, or a file without a name.
#[cfg(target_os = "linux")]
#[test]
fn a_new_head_and_a_new_file_wait_for_the_disk_once() {
    if let Some(file) = std::env::var_os(CHILD) {
        let mut settings = Bench::new().settings;
        settings.file = file.into();
        settings.sync = true;
        let client = Client::new(config(&settings)).unwrap();
        (0..3).for_each(|_| super::record(&client, NUMBER));
        return;
    }
    let bench = Bench::new();
    let trace = bench.folder.path().join("trace");
    let ran = Command::new("strace")
        .args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"])
        .args([trace.as_os_str(), std::env::current_exe().unwrap().as_os_str()])
        .args(["--exact", "access::a_new_head_and_a_new_file_wait_for_the_disk_once", "--test-threads", "1"])
        .env(CHILD, bench.file())
        .output();
    if !ran.is_ok_and(|output| output.status.success()) || !bench.file().exists() {
        return leave_out("what of the evidence log waits for the disk: strace cannot be run here");
    }
    let trace = std::fs::read_to_string(trace).unwrap();
    let times = |call: &str, file: &Path| {
        let named = format!("<{}>", file.display());
        trace.lines().filter(|line| line.contains(&format!(" {call}(")) && line.contains(&named)).count()
    };
    assert_eq!(times("fdatasync", bench.file()), 3, "{trace}");
    assert_eq!(times("fsync", &bench.beside("head")), 1, "{trace}");
    assert!(times("fsync", bench.folder.path()) >= 1, "{trace}");
}
