//! Every key of the configuration: name, kind, default, range, meaning in both languages. Written here once; the
//! readers, `skm config init`, the Spring starter's metadata and `docs/configuration.md` are made from it.

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// One line of text.
    Text,
    /// An absolute URL: https, or http to this machine.
    Url,
    /// The path of a file; a relative one is relative to the configuration file.
    Path,
    /// One line that is never shown. Also given as `<name>_file` or `<name>_env`; exactly one of the three.
    Secret,
    /// A whole number within a range.
    Integer {
        /// What holds where the key is left out; nothing holds for `None`.
        default: Option<i64>,
        /// The smallest value.
        low: i64,
        /// The largest value.
        high: i64,
    },
    /// `true` or `false`.
    Boolean {
        /// What holds where the key is left out.
        default: bool,
    },
    /// One of these words; the first holds where the key is left out.
    Word(&'static [&'static str]),
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// The section; empty for the one key outside of every section.
    pub section: &'static str,
    /// The name within the section.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Must be there if the section is.
    pub required: bool,
    /// The shape of a value; never one that works at a real platform.
    pub example: &'static str,
    /// Meaning, in English.
    pub en: &'static str,
    /// Meaning, in Chinese.
    pub zh: &'static str,
}

/// One section.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Section {
    /// The name in the file; empty for what stands before every section.
    pub name: &'static str,
    /// What it is for, in English.
    pub en: &'static str,
    /// What it is for, in Chinese.
    pub zh: &'static str,
    /// Its keys.
    pub keys: &'static [&'static Key],
}

impl Key {
    /// The dotted name, such as `scan.token`.
    pub fn dotted(&self) -> String {
        if self.section.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.section, self.name) }
    }

    /// Every dotted name under which it may be given: one, or three for a secret.
    pub fn forms(&self) -> Vec<String> {
        let name = self.dotted();
        match self.kind {
            Kind::Secret => vec![name.clone(), format!("{name}_file"), format!("{name}_env")],
            _ => vec![name],
        }
    }

    /// The default as it would be written in the file, if there is one.
    pub fn default_text(&self) -> Option<String> {
        match self.kind {
            Kind::Integer { default, .. } => default.map(|number| number.to_string()),
            Kind::Boolean { default } => Some(default.to_string()),
            Kind::Word(words) => words.first().map(|word| (*word).to_owned()),
            Kind::Text | Kind::Url | Kind::Path | Kind::Secret => None,
        }
    }
}

macro_rules! keys {
    ($(
        [$section:literal] $en:literal $zh:literal
        { $($const:ident $name:literal $kind:expr, $need:ident, $example:literal, $key_en:literal, $key_zh:literal;)* }
    )*) => {
        $($(
            #[doc = concat!("`", $name, "` of `[", $section, "]`: ", $key_en, ".")]
            pub const $const: Key = Key {
                section: $section,
                name: $name,
                kind: $kind,
                required: keys!(@ $need),
                example: $example,
                en: $key_en,
                zh: $key_zh,
            };
        )*)*

        /// All sections with all keys, in the order of the file.
        pub const SECTIONS: &[Section] = &[
            $(Section { name: $section, en: $en, zh: $zh, keys: &[$(&$const),*] }),*
        ];
    };
    (@ required) => { true };
    (@ optional) => { false };
}

const fn integer(default: i64, low: i64, high: i64) -> Kind {
    Kind::Integer { default: Some(default), low, high }
}

keys! {
    [""] "the edition of the platform" "平台版本" {
        DIALECT "dialect" Kind::Text, optional, "db32t3761-46-2021", "the platform edition, or the path of a dialect file of your city", "平台版本,或地方方言文件的路径";
    }
    ["user_token"] "interface 1: issue a user token" "接口 1:生成用户令牌" {
        USER_TOKEN_URL "url" Kind::Url, required, "https://<host>/jsjis/gateway/interface.do", "the gateway's address", "网关地址";
        APPMARK "appmark" Kind::Text, required, "<appmark>", "application id", "应用标识";
        APPWORD "appword" Kind::Secret, required, "<appword>", "application secret", "应用密钥";
        SERVICENAME "servicename" Kind::Text, optional, "generateUserToken", "name of the service, if not the dialect's", "服务名,缺省取自方言";
    }
    ["display"] "interface 2: the H5 page" "接口 2:亮码页面" {
        DISPLAY_URL "url" Kind::Url, required, "https://<host>/jkmIndex.html", "the page's address", "页面地址";
    }
    ["scan"] "interface 3: verify a scanned code" "接口 3:扫码核验" {
        SCAN_URL "url" Kind::Url, required, "https://<host>/jkm/scanJsJkm", "the service's address", "服务地址";
        SOURCE "source" Kind::Text, required, "wuxi", "the applying unit", "申请单位标识";
        TOKEN "token" Kind::Secret, required, "<64 characters>", "the unit's fixed access token", "单位访问令牌";
        POSITION "position" Kind::Text, optional, "江苏省,无锡市,梁溪区,示范路1号", "default place: province,city,district,street", "默认核验地点";
        VERIFIER_DEPT "verifier_dept" Kind::Text, optional, "示范医院", "default verifying unit", "默认核验单位";
        VERIFIER_NAME "verifier_name" Kind::Text, optional, "示范员", "default verifying person", "默认核验人";
        VERIFIER_PHONE "verifier_phone" Kind::Text, optional, "17700000000", "that person's phone", "默认核验人电话";
    }
    ["id"] "interface 4: verify a certificate number" "接口 4:证件号码核验" {
        ID_URL "url" Kind::Url, required, "https://<host>/skm_public/member/get", "the service's address", "服务地址";
        ACCOUNT "account" Kind::Secret, required, "skm_auth_<unit>", "the unit's account", "单位账号";
        AUTH_KEY "auth_key" Kind::Secret, required, "<Base64 of 16 bytes>", "key of the auth header", "认证密钥";
        BODY_KEY "body_key" Kind::Secret, required, "<Base64 of 16 bytes>", "key of the body", "报文密钥";
        ORGANIZE_LOCATION "organize_location" Kind::Text, optional, "示范医院", "default place or unit", "默认单位或地点";
        APPLY_TYPE "apply_type" Kind::Text, optional, "人行闸机通道", "default kind of application", "默认应用类型";
    }
    ["http"] "time limits, connections, proxy and TLS of every call" "每次调用的时限、连接、代理与 TLS" {
        DEADLINE_MS "deadline_ms" integer(5000, 1, 600_000), optional, "5000", "one whole call in milliseconds: name resolution, connection, TLS, retries, answer", "一次调用的总期限(毫秒):域名解析、连接、TLS、重试、应答";
        CONNECT_TIMEOUT_MS "connect_timeout_ms" integer(2000, 1, 600_000), optional, "2000", "connecting, all addresses of the host together, in milliseconds", "建立连接的时限(毫秒),含该主机的所有地址";
        RETRIES "retries" integer(2, 0, 10), optional, "2", "how often a call may be repeated where that is safe", "可安全重试时的重试次数";
        MAX_CONNECTIONS "max_connections" integer(16, 1, 4096), optional, "16", "connections open at once; further calls wait in order, within their deadline", "同时打开的连接数;超出的调用按先后顺序等待";
        IDLE_MS "idle_ms" integer(7000, 0, 600_000), optional, "7000", "how long an idle connection is kept, in milliseconds; below the platform's own limit", "空闲连接的保留时间(毫秒),应小于平台的时限";
        MAX_ANSWER_BYTES "max_answer_bytes" integer(1_048_576, 1024, 1_073_741_824), optional, "1048576", "longest answer, in bytes", "应答的最大字节数";
        PROXY "proxy" Kind::Text, optional, "http://user:pass@<host>:<port>", "a proxy, or env for the one of the environment; default: none", "代理,或 env 表示取自环境变量;默认不用代理";
        CA_FILE "ca_file" Kind::Path, optional, "ca.pem", "PEM, added to the system's roots", "附加的根证书(PEM)";
        CLIENT_CERT_FILE "client_cert_file" Kind::Path, optional, "unit.pem", "mutual TLS: the certificate, PEM", "双向认证的证书(PEM)";
        CLIENT_KEY_FILE "client_key_file" Kind::Path, optional, "unit.key", "mutual TLS: the private key, PEM", "双向认证的私钥(PEM)";
        ALLOW_HTTP "allow_http" Kind::Boolean { default: false }, optional, "false", "plain http beyond this machine", "允许对外使用明文 http";
    }
    ["gate"] "the venue's rule when the platform cannot be reached" "平台不可达时场所的处置" {
        WHEN_UNREACHABLE "when_unreachable" Kind::Word(&["stay_shut", "call_person"]), optional, "stay_shut", "stay_shut, or call_person: a person checks; neither opens the gate", "stay_shut 或 call_person(由人工核验),两者均不放行";
    }
    ["audit"] "the evidence log: a record of every call, masked" "审计日志:每次调用一条脱敏记录" {
        AUDIT_FILE "file" Kind::Path, required, "skm-audit.jsonl", "the file that is written to", "写入的文件";
        AUDIT_KEY "key" Kind::Secret, optional, "<64 hex digits>", "what the log is proven with; default: `FILE.key` beside the log, made once", "记录密钥;默认为日志旁的 `FILE.key`,首次使用时生成";
        ON_FAILURE "on_failure" Kind::Word(&["refuse", "continue"]), optional, "refuse", "refuse: no record, no verdict; continue gives the verdict", "refuse:无法记录则不给结果;continue:仍给出结果";
        PSEUDONYM "pseudonym" Kind::Word(&["hmac-sha256", "hmac-sm3"]), optional, "hmac-sha256", "how a person becomes a pseudonym", "假名算法";
        ROTATE_BYTES "rotate_bytes" Kind::Integer { default: Some(67_108_864), low: 65_536, high: 1_099_511_627_776 }, optional, "67108864", "begin another file before this one grows larger, in bytes", "文件超过此字节数前换新文件";
        ROTATE_DAILY "rotate_daily" Kind::Boolean { default: false }, optional, "false", "begin another file each day, in China", "按北京时间每日换新文件";
        KEEP_DAYS "keep_days" Kind::Integer { default: None, low: 1, high: 36_500 }, optional, "180", "delete files whose newest record is older than so many days; needs rotate_daily", "删除最新记录早于该天数的文件;须与 rotate_daily 同用";
        SYNC "sync" Kind::Boolean { default: false }, optional, "false", "true: each record also survives a loss of power", "true:断电也不丢记录";
    }
}
