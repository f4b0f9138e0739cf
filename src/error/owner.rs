//! Whose problem a failure is, and whether calling again can help.

macro_rules! owners {
    ($($variant:ident $name:literal $zh:literal $doc:literal)*) => {
        /// Whose problem a failure is, and so who has to act.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Owner {
            $(#[doc = $doc] $variant,)*
        }

        impl Owner {
            /// Every owner.
            pub const ALL: &'static [Owner] = &[$(Owner::$variant),*];

            /// The stable word, such as `configuration`.
            pub const fn name(self) -> &'static str {
                match self { $(Owner::$variant => $name),* }
            }

            /// The same in Chinese.
            pub const fn name_zh(self) -> &'static str {
                match self { $(Owner::$variant => $zh),* }
            }

            /// Who or what that is, in English: a sentence.
            pub const fn text(self) -> &'static str {
                match self { $(Owner::$variant => $doc),* }
            }
        }
    };
}

owners! {
    Configuration "configuration" "配置"   "The configuration file or the dialect."
    Caller        "caller"        "调用方" "The program that calls this library."
    Code          "code"          "二维码" "The code that was shown or scanned."
    Network       "network"       "网络"   "The network between here and the platform, the proxy or the certificate store."
    Platform      "platform"      "平台"   "The platform."
    Clock         "clock"         "时钟"   "The clock of this machine or of the platform."
    Credentials   "credentials"   "凭证"   "The unit's credentials."
    Person        "person"        "本人"   "The person who is being verified."
    Disk          "disk"          "磁盘"   "The disk under the evidence log."
    Installation  "installation"  "安装"   "The installation of this library."
    Library       "library"       "本库"   "This library."
}

/// Whether calling again, unchanged, can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not before something is changed.
    No,
    /// Later, perhaps.
    Yes,
    /// For the HTTP statuses 429 and 5xx only.
    ByStatus,
}
