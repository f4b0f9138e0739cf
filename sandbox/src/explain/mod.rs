//! What a wrong sign, time or ciphertext was probably made from. A real platform says only "wrong"; the sandbox tries
//! the usual mistakes with the secret it knows and names the one that fits. It never says what would have been right.

pub mod cipher;
pub mod sign;
pub mod time;
