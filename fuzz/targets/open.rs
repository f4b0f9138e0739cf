//! Base64 and the ciphers: anything is opened or refused; what is opened seals to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skm::wire::cipher::{Algorithm, Cipher};

fuzz_target!(|text: &str| {
    for algorithm in Algorithm::ALL {
        let cipher = Cipher::new(*algorithm, &[7; 16], &[9; 16]);
        if let Ok(plain) = cipher.open(text) {
            let sealed = cipher.seal(plain.as_bytes());
            assert_eq!(cipher.open(&sealed).expect("what was sealed").as_str(), plain.as_str());
        }
        let sealed = cipher.seal(text.as_bytes());
        assert_eq!(cipher.open(&sealed).expect("what was sealed").as_str(), text);
    }
});
