//! How the sandbox spells its answers: each variant has been seen in the interface family.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `data` of interface 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataForm {
    /// A JSON object.
    #[default]
    Object,
    /// The same JSON as a string.
    String,
    /// The same JSON as a string, escaped twice.
    StringTwice,
}

impl DataForm {
    /// An object, the same as a string, or that string escaped once more.
    pub(crate) fn wrap(self, value: Value) -> Value {
        match self {
            DataForm::Object => value,
            DataForm::String => json!(value.to_string()),
            DataForm::StringTwice => json!(json!(value.to_string()).to_string()),
        }
    }
}

/// `levelData` of interface 4 (and `level` of interface 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelForm {
    /// `green`.
    #[default]
    Word,
    /// `1`.
    Digit,
}

/// `data` of interface 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdData {
    /// Encrypted with the body key.
    #[default]
    Sealed,
    /// The inner object in plain, as in the standard's example.
    Plain,
}

/// `resCode` of interface 3 and `code` of interface 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeForm {
    /// `200`.
    #[default]
    Number,
    /// `"200"`.
    String,
}

/// All spellings, set by `POST /_sandbox/settings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `data` of interface 1.
    pub data_form: DataForm,
    /// The level's spelling.
    pub level_form: LevelForm,
    /// `data` of interface 4.
    pub id_data: IdData,
    /// `res` of interface 3: a JSON object, or the same JSON as a string (once or twice).
    pub scan_res: DataForm,
    /// Codes as numbers or strings.
    pub code_form: CodeForm,
}
