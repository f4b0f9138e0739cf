//! What a request or a result consists of. Each interface writes its members once (`src/interfaces/`); C, Java, Python,
//! JSON and the documents read these tables instead of naming members themselves.
//!
//! A member crosses every border as text: [`Value`] says how each type becomes text and comes from it.

use std::mem;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result, safe};
use crate::interfaces::Interface;
use crate::person::{CertificateNumber, Consent, PapersType, PersonName, PersonalText, Phone, Secret, Sex};
use crate::verdict::{Level, Verdict};
use crate::wire::json::JsonObject;

/// What a member holds, which decides how faces type it and whether it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Plain text.
    Text,
    /// Text about a person: masked wherever it is shown.
    Personal,
    /// A credential: never shown.
    Secret,
    /// A truth value, written `true` or `false`; false where it is left out.
    Flag,
    /// `green`, `yellow`, `red` or `unknown`.
    Level,
}

/// One member of a request or a result (section 11 of the specification).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Our name, the same in every language but for its spelling, and the field of errors.
    pub name: &'static str,
    /// The name on the wire; empty for what is never sent.
    pub wire: &'static str,
    /// Must be there.
    pub required: bool,
    /// What it holds.
    pub kind: Kind,
    /// Meaning, in English.
    pub en: &'static str,
    /// Meaning, in Chinese.
    pub zh: &'static str,
}

/// A type that a member can have.
pub trait Value: Sized {
    /// What it holds.
    const KIND: Kind;
    /// Whether a request must have it.
    const REQUIRED: bool = true;

    /// Takes the text of a member over.
    ///
    /// # Errors
    /// `input_invalid`, naming the member, for one that is missing or not of this type.
    fn from_text(member: &'static Member, text: Option<Zeroizing<String>>) -> Result<Self>;

    /// The text; `None` for what is left out.
    fn text(&self) -> Option<&str>;
}

fn missing(member: &Member) -> Error {
    Error::input(member.name, safe!("{} is missing", "缺少 {}", member.name))
}

macro_rules! texts {
    ($($type:ty: $kind:ident, $expose:ident;)*) => {
        $(impl Value for $type {
            const KIND: Kind = Kind::$kind;

            fn from_text(member: &'static Member, text: Option<Zeroizing<String>>) -> Result<Self> {
                let mut text = text.ok_or_else(|| missing(member))?;
                Ok(Self::from(mem::take(&mut *text)))
            }

            fn text(&self) -> Option<&str> {
                Some(self.$expose())
            }
        })*
    };
}

texts! {
    String: Text, as_str;
    PersonName: Personal, expose;
    CertificateNumber: Personal, expose;
    Phone: Personal, expose;
    PersonalText: Personal, expose;
    Secret: Secret, expose;
}

impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND;
    const REQUIRED: bool = false;

    fn from_text(member: &'static Member, text: Option<Zeroizing<String>>) -> Result<Self> {
        text.map(|text| T::from_text(member, Some(text))).transpose()
    }

    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(T::text)
    }
}

impl Value for PapersType {
    const KIND: Kind = Kind::Text;
    const REQUIRED: bool = false;

    fn from_text(_: &'static Member, text: Option<Zeroizing<String>>) -> Result<Self> {
        Ok(text.map_or_else(PapersType::default, |mut text| PapersType::from(mem::take(&mut *text))))
    }

    fn text(&self) -> Option<&str> {
        Some(self.as_str())
    }
}

impl Value for Sex {
    const KIND: Kind = Kind::Text;

    fn from_text(member: &'static Member, text: Option<Zeroizing<String>>) -> Result<Self> {
        Sex::from_code(&text.ok_or_else(|| missing(member))?)
    }

    fn text(&self) -> Option<&str> {
        Some(self.code())
    }
}

impl Value for bool {
    const KIND: Kind = Kind::Flag;
    const REQUIRED: bool = false;

    fn from_text(member: &'static Member, text: Option<Zeroizing<String>>) -> Result<Self> {
        match text.as_ref().map(|text| text.as_str()) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => {
                Err(Error::input(member.name, safe!("{} must be true or false", "{} 须为 true 或 false", member.name)))
            }
        }
    }

    fn text(&self) -> Option<&str> {
        Some(if *self { "true" } else { "false" })
    }
}

impl Value for Level {
    const KIND: Kind = Kind::Level;

    /// A level is the platform's alone to say.
    fn from_text(_: &'static Member, _: Option<Zeroizing<String>>) -> Result<Self> {
        Err(ErrorKind::Internal.into())
    }

    fn text(&self) -> Option<&str> {
        Some(self.as_str())
    }
}

/// Members as one JSON object with the names on the wire; what is left out is not written.
pub(crate) struct OnWire<'a>(pub(crate) &'a [(&'static Member, Option<&'a str>)]);

impl Serialize for OnWire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let given = self.0.iter().filter_map(|(member, text)| Some((member.wire, (*text)?)));
        serializer.collect_map(given)
    }
}

/// A struct of members, and its table. What stands after `+` is no member.
macro_rules! members {
    (
        $(#[$struct_doc:meta])*
        pub struct $name:ident {
            $($vis:vis $field:ident: $type:ty = $wire:literal, $en:literal, $zh:literal;)*
        }
        + { $($(#[$own_doc:meta])* $own_vis:vis $own:ident: $own_type:ty,)* }
    ) => {
        $(#[$struct_doc])*
        #[non_exhaustive]
        pub struct $name {
            $(#[doc = concat!($en, ".")] $vis $field: $type,)*
            $($(#[$own_doc])* $own_vis $own: $own_type,)*
        }

        impl $name {
            /// The members, in the order of the standard's table.
            pub const MEMBERS: [$crate::member::Member; [$(stringify!($field)),*].len()] = [
                $($crate::member::Member {
                    name: stringify!($field),
                    wire: $wire,
                    required: <$type as $crate::member::Value>::REQUIRED,
                    kind: <$type as $crate::member::Value>::KIND,
                    en: $en,
                    zh: $zh,
                },)*
            ];

            /// Every member with its text, in the order of the table.
            pub fn texts(&self) -> [(&'static $crate::member::Member, Option<&str>); Self::MEMBERS.len()] {
                let [$($field),*] = &Self::MEMBERS;
                [$(($field, $crate::member::Value::text(&self.$field)),)*]
            }
        }
    };
}
pub(crate) use members;

/// A request: its members and the person's consent.
pub trait Request: Sized {
    /// The interface that it is for.
    const INTERFACE: Interface;
    /// What comes back.
    type Answer: Answer;

    /// The members, in the order of the standard's table.
    fn members() -> &'static [Member];

    /// A request of members that are given as texts; each is asked for once, in order.
    ///
    /// # Errors
    /// What `take` gives; `input_invalid`, naming the member, for one that is missing or not of its type.
    fn build(consent: Consent, take: impl FnMut(&'static Member) -> Result<Option<Zeroizing<String>>>) -> Result<Self>;

    /// The person's consent.
    fn consent(&self) -> &Consent;
}

/// A result: its members, and for interfaces 3 and 4 a level.
pub trait Answer {
    /// The members, in the order of the standard's table.
    fn members() -> &'static [Member];

    /// Hands over every member with its text, in order; `None` for what the platform left out.
    fn each<'a>(&'a self, give: impl FnMut(&'static Member, Option<&'a str>));

    /// What to do at the gate; `None` for an answer that is no verdict.
    fn verdict(&self) -> Option<Verdict> {
        None
    }

    /// Members that the standard does not name, as received.
    fn extra(&self) -> Option<&JsonObject> {
        None
    }
}

/// A result's struct and its table; with `verdict`, that of an interface that answers with a level.
macro_rules! answer {
    ($(#[$struct_doc:meta])* pub struct $name:ident { $($rows:tt)* }) => {
        $crate::member::members! { $(#[$struct_doc])* pub struct $name { $($rows)* } + {} }
        $crate::member::answer! { @ $name {} }
    };
    (verdict; $(#[$struct_doc:meta])* pub struct $name:ident { $($rows:tt)* }) => {
        $crate::member::members! {
            $(#[$struct_doc])*
            pub struct $name { $($rows)* }
            + {
                /// Members the standard does not name, as received.
                pub extra: $crate::wire::json::JsonObject,
            }
        }

        impl $name {
            /// The level as the platform said it; unknown for a word that is not in the dialect's alphabet.
            pub fn level(&self) -> $crate::verdict::Level {
                self.level
            }

            /// What to do at the gate.
            pub fn verdict(&self) -> $crate::verdict::Verdict {
                $crate::verdict::Verdict::of_level(self.level)
            }

            /// The only test to write at a gate.
            #[must_use]
            pub fn is_green(&self) -> bool {
                self.verdict().is_green()
            }
        }

        $crate::member::answer! { @ $name {
            fn verdict(&self) -> Option<$crate::verdict::Verdict> {
                Some($name::verdict(self))
            }

            fn extra(&self) -> Option<&$crate::wire::json::JsonObject> {
                Some(&self.extra)
            }
        } }
    };
    (@ $name:ident { $($more:tt)* }) => {
        impl $crate::member::Answer for $name {
            fn members() -> &'static [$crate::member::Member] {
                &Self::MEMBERS
            }

            fn each<'a>(&'a self, mut give: impl FnMut(&'static $crate::member::Member, Option<&'a str>)) {
                self.texts().into_iter().for_each(|(member, text)| give(member, text));
            }

            $($more)*
        }
    };
}
pub(crate) use answer;

/// A request's struct and its table.
macro_rules! request {
    (
        $interface:ident => $answer:ty;
        $(#[$struct_doc:meta])*
        pub struct $name:ident {
            $(pub $field:ident: $type:ty = $wire:literal, $en:literal, $zh:literal;)*
        }
    ) => {
        $crate::member::members! {
            $(#[$struct_doc])*
            #[derive(Clone)]
            pub struct $name {
                $(pub $field: $type = $wire, $en, $zh;)*
            }
            + {
                /// The person's consent; for the evidence log, never sent.
                pub consent: $crate::person::Consent,
            }
        }

        impl $crate::member::Request for $name {
            const INTERFACE: $crate::interfaces::Interface = $crate::interfaces::Interface::$interface;
            type Answer = $answer;

            fn members() -> &'static [$crate::member::Member] {
                &Self::MEMBERS
            }

            fn build(
                consent: $crate::person::Consent,
                mut take: impl FnMut(
                    &'static $crate::member::Member,
                ) -> $crate::error::Result<Option<zeroize::Zeroizing<String>>>,
            ) -> $crate::error::Result<Self> {
                let [$($field),*] = &Self::MEMBERS;
                Ok($name { $($field: $crate::member::Value::from_text($field, take($field)?)?,)* consent })
            }

            fn consent(&self) -> &$crate::person::Consent {
                &self.consent
            }
        }
    };
}
pub(crate) use request;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    members! {
        /// A sample.
        #[derive(Debug)]
        pub struct Sample {
            pub number: CertificateNumber = "userid", "certificate number", "证件号码";
            pub post: Option<String> = "post", "postal code", "邮政编码";
            pub lift_15: bool = "", "lifts 15 digits", "升位";
        }
        + {}
    }

    #[test]
    fn a_table_says_what_the_types_say() {
        let [number, post, lift] = Sample::MEMBERS;
        assert_eq!(
            (number.name, number.wire, number.required, number.kind),
            ("number", "userid", true, Kind::Personal)
        );
        assert_eq!((post.required, post.kind), (false, Kind::Text));
        assert_eq!((lift.wire, lift.kind), ("", Kind::Flag));
        let sample = Sample { number: "1".into(), post: None, lift_15: true };
        assert_eq!(sample.texts().map(|(_, text)| text), [Some("1"), None, Some("true")]);
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_named() {
        let [number, post, lift] = &Sample::MEMBERS;
        assert_eq!(CertificateNumber::from_text(number, None).unwrap_err().field(), Some("number"));
        assert_eq!(Option::<String>::from_text(post, None).unwrap(), None);
        let wrong = bool::from_text(lift, Some(Zeroizing::new("maybe".to_owned())));
        assert_eq!(wrong.unwrap_err().field(), Some("lift_15"));
    }
}
