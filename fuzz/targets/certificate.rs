//! Certificate numbers: what is accepted has 18 characters, a past date and is its own normal form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skm::person::{ResidentId, mask};

fuzz_target!(|text: &str| {
    let today = skm::wire::time::china_date(std::time::SystemTime::now());
    for parsed in [ResidentId::parse(text, today), ResidentId::parse_15(text, today)].into_iter().flatten() {
        let number = parsed.number().expose();
        assert!(number.len() == 18 && parsed.birth_date() <= today);
        assert_eq!(ResidentId::parse(number, today).as_ref(), Ok(&parsed));
    }
    for masked in [mask::name(text), mask::certificate(text), mask::phone(text)] {
        assert_eq!(masked.chars().count(), text.chars().count());
    }
});
