//! The text of a new skm.toml. Every key of the configuration stands in it once, explained.

/// One key of a section.
pub struct Key {
    /// The name in the file.
    pub name: &'static str,
    /// What it is, in both languages.
    pub what: &'static str,
    /// The shape of a value; never one that works.
    pub shape: &'static str,
    /// Asked for without echo.
    pub secret: bool,
    /// May be left out.
    pub optional: bool,
}

/// One section: what a unit is given for one interface.
pub struct Section {
    /// The name in the file.
    pub name: &'static str,
    /// What it is for, in both languages.
    pub what: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

const fn text(name: &'static str, what: &'static str, shape: &'static str) -> Key {
    Key { name, what, shape, secret: false, optional: false }
}

const fn secret(name: &'static str, what: &'static str, shape: &'static str) -> Key {
    Key { secret: true, ..text(name, what, shape) }
}

const fn optional(name: &'static str, what: &'static str, shape: &'static str) -> Key {
    Key { optional: true, ..text(name, what, shape) }
}

/// The four interfaces.
pub const SECTIONS: [Section; 4] = [
    Section {
        name: "user_token",
        what: "interface 1: issue a user token · 生成用户令牌",
        keys: &[
            text("url", "the gateway's address 网关地址", "https://<host>/jsjis/gateway/interface.do"),
            text("appmark", "application id 应用标识", "<appmark>"),
            secret("appword", "application secret 应用密钥", "<appword>"),
            optional("servicename", "name of the service, if not the dialect's 服务名", "generateUserToken"),
        ],
    },
    Section {
        name: "display",
        what: "interface 2: the H5 page · 亮码页面",
        keys: &[text("url", "the page's address 页面地址", "https://<host>/jkmIndex.html")],
    },
    Section {
        name: "scan",
        what: "interface 3: verify a scanned code · 扫码核验",
        keys: &[
            text("url", "the service's address 服务地址", "https://<host>/jkm/scanJsJkm"),
            text("source", "the applying unit 申请单位标识", "wuxi"),
            secret("token", "the unit's fixed access token 单位访问令牌", "<64 characters>"),
            // What a request does not say itself is taken from here.
            optional(
                "position",
                "default place: province,city,district,street 默认核验地点",
                "江苏省,无锡市,梁溪区,示范路1号",
            ),
            optional("verifier_dept", "default verifying unit 默认核验单位", "示范医院"),
            optional("verifier_name", "default verifying person 默认核验人", "示范员"),
            optional("verifier_phone", "that person's phone 默认核验人电话", "17700000000"),
        ],
    },
    Section {
        name: "id",
        what: "interface 4: verify a certificate number · 证件号码核验",
        keys: &[
            text("url", "the service's address 服务地址", "https://<host>/skm_public/member/get"),
            secret("account", "the unit's account 单位账号", "skm_auth_<unit>"),
            secret("auth_key", "key of the auth header 认证密钥", "<Base64 of 16 bytes>"),
            secret("body_key", "key of the body 报文密钥", "<Base64 of 16 bytes>"),
            optional("organize_location", "place or unit 单位或地点", "示范医院"),
            optional("apply_type", "kind of application 应用类型", "人行闸机通道"),
        ],
    },
];

/// How the file begins.
pub const HEAD: &str = "\
# Configuration of the SKM interfaces (DB32/T 3761.46-2021) · 苏康码接口配置
#
# What stands here was given to your unit when its application was approved (clause 7). Take the # away before a section
# and fill it in; a section that is not there is an interface you do not call.
# 取消注释并填入批准接入时下发的内容;未用到的接口整节省略即可。
#
# Every secret can be given in one of three ways · 密钥有三种写法,任选其一:
#   appword = \"…\"    appword_file = \"path of a file\"    appword_env = \"NAME of an environment variable\"
# Keep this file readable by its owner alone · 请保持本文件仅所有者可读: chmod 600
# Then: skm config check, skm doctor

# dialect = \"db32t3761-46-2021\"     # or the path of a dialect file of your city 地方方言文件
";

/// How the file ends.
pub const TAIL: &str = "
# [http]                            # all optional; these are the defaults 均可省略
# deadline_ms = 5000                # one whole call: name resolution, connection, TLS, retries, answer 总期限
# connect_timeout_ms = 2000
# retries = 2
# max_connections = 16
# idle_ms = 7000
# max_answer_bytes = 1048576
# proxy = \"http://user:pass@host:port\"   # or \"env\"; default: none 代理
# ca_file = \"…\"                     # PEM, added to the system's roots 附加根证书
# client_cert_file = \"…\"            # mutual TLS 双向认证
# client_key_file = \"…\"
# allow_http = false                # plain http beyond this machine 允许明文 http

# [gate]                            # the venue's rule when the platform cannot be reached 平台不可达时的处置
# when_unreachable = \"stay_shut\"    # or \"call_person\": a person checks; neither opens the gate 两者均不放行

# [audit]                           # evidence of every call, masked 审计日志(脱敏)
# file = \"skm-audit.jsonl\"          # everything else is optional 其余均可省略
# key_file = \"…\"                    # or key, key_env; default: <file>.key, made once 记录密钥
# on_failure = \"refuse\"             # no record, no verdict; \"continue\" gives the verdict 无法记录时的处置
# pseudonym = \"hmac-sha256\"         # or \"hmac-sm3\" 假名算法
# rotate_bytes = 67108864           # another file before this one grows larger; default: no limit 按大小换文件,默认不限
# rotate_daily = true               # another file each day, in China; default: false 按日换文件,默认 false
# keep_days = 180                   # delete older files; needs rotate_daily; default: deletes none 保留天数,默认不删除
# sync = false                      # true: each record also survives a loss of power 断电不丢
";

/// The whole file; `value` gives the answers, a section without answers stays commented out.
pub fn write(value: impl Fn(&Section, &Key) -> Option<String>) -> String {
    let mut file = HEAD.to_owned();
    for section in &SECTIONS {
        let given = section.keys.iter().any(|key| value(section, key).is_some());
        let mark = if given { "" } else { "# " };
        file.push_str(&format!("\n# {}\n{mark}[{}]\n", section.what, section.name));
        for key in section.keys {
            let answer = value(section, key);
            let mark = if answer.is_some() { "" } else { "# " };
            let text = toml::Value::from(answer.unwrap_or_else(|| key.shape.to_owned()));
            file.push_str(&format!("{mark}{} = {text}    # {}\n", key.name, key.what));
        }
    }
    file.push_str(TAIL);
    file
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::path::Path;

    use super::*;

    #[test]
    fn without_answers_it_is_an_empty_configuration() {
        let config = skm::Config::parse(&write(|_, _| None), Path::new("")).unwrap();
        assert!(config.urls().is_empty());
    }

    #[test]
    fn with_every_comment_mark_taken_away_only_the_shapes_are_wrong() {
        let bare = |line: &str| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") && !rest.contains("…") => rest.to_owned(),
            _ => line.to_owned(),
        };
        let filled = write(|_, _| None).lines().map(bare).collect::<Vec<_>>().join("\n");
        let filled = filled.replace("<host>", "127.0.0.1").replace("<Base64 of 16 bytes>", "MDEyMzQ1Njc4OWFiY2RlZg==");
        let filled = filled.replace("proxy = \"http://user:pass@host:port\"", "");
        let config = skm::Config::parse(&filled, Path::new("")).unwrap();
        assert_eq!(config.urls().len(), 4);
    }
}
