//! `skm._native`: handles, conversion and the panic fence between Python and the core. Private to the package `skm`;
//! no rule of the standard lives here.

#![forbid(unsafe_code)]

mod answer;
mod client;
mod completions;
mod error;
mod fence;
mod leaving;
mod platform;
mod request;
mod rules;
mod settings;
mod text;
mod tools;

use pyo3::prelude::*;

/// The native half of the package `skm`.
#[pymodule]
mod _native {
    use super::{Bound, PyModule, PyResult};

    #[pymodule_export]
    use super::client::{Call, Client};
    #[pymodule_export]
    use super::completions::Completions;
    #[cfg(feature = "testing")]
    #[pymodule_export]
    use super::fence::panic_on_purpose;
    #[pymodule_export]
    use super::leaving::{forget_threads, generation, leave};
    #[pymodule_export]
    use super::platform::{
        Cipher, Keys, make_sign, read_scan_call, read_user_token_call, scan_answer_body, sign_matches, time_fault,
    };
    #[pymodule_export]
    use super::request::{Request, check_consent, id_request, scan_request, user_token_request};
    #[pymodule_export]
    use super::rules::{dialect_source, mask_certificate, mask_name, mask_phone, parse_qr, resident_id};
    #[pymodule_export]
    use super::tools::{Sandbox, run_command};

    #[pymodule_init]
    fn init(_: &Bound<'_, PyModule>) -> PyResult<()> {
        super::fence::keep_quiet();
        Ok(())
    }

    /// Of the crate; `skm.__version__`.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name is Python's")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
