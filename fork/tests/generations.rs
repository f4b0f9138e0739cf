//! Children and grandchildren, forked by a process with threads.
#![cfg(unix)]

use std::sync::Barrier;

use skm_fork::{Process, generation};

/// The exit status of a child that runs `work`.
fn status_of_child(work: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child reads and changes memory of its own and leaves by `_exit`.
    match unsafe { libc::fork() } {
        0 => {
            let code = work();
            // SAFETY: ends the child without running what belongs to the parent.
            unsafe { libc::_exit(code) }
        }
        child => {
            assert!(child > 0);
            let mut status = 0;
            // SAFETY: `status` is there to be written to.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert!(libc::WIFEXITED(status), "{status:#x}");
            libc::WEXITSTATUS(status)
        }
    }
}

#[test]
fn every_generation_is_another_process_to_all_before_it() {
    // The first calls come from many threads at once.
    let barrier = Barrier::new(8);
    let makers: Vec<Process> = std::thread::scope(|scope| {
        let begin = || {
            barrier.wait();
            Process::this()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    let parent = Process::this();
    assert!(makers.iter().all(|maker| *maker == parent && !maker.is_another()));
    let before = generation();
    let code = status_of_child(|| {
        let child = Process::this();
        if !parent.is_another() || child.is_another() || child == parent {
            return 1;
        }
        let grandchild = status_of_child(|| i32::from(!parent.is_another() || !child.is_another()));
        // A grandchild that ended changes nothing here.
        if grandchild == 0 && !child.is_another() { 7 } else { 2 }
    });
    assert_eq!(code, 7);
    assert_eq!(generation(), before);
    assert!(!parent.is_another());
}
