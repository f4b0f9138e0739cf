//! Why a connection is not trusted, and where a call stood when it ended: one table of stable words for machines, each
//! with a line of advice for people (section 12 of the specification).

use std::fmt;

use super::text::LogSafe;

macro_rules! reasons {
    ($($variant:ident $name:literal $en:literal $zh:literal)*) => {
        /// More than [`ErrorKind`](super::ErrorKind) says of a `tls_failed`, `connect_failed` or `deadline_exceeded`.
        /// The name is what logs and scripts match on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = concat!("`", $name, "`: ", $en, ".")] $variant,)*
        }

        impl Reason {
            /// Every row of the table.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),*];

            /// The stable word, such as `unknown_issuer`.
            pub const fn name(self) -> &'static str {
                match self { $(Reason::$variant => $name),* }
            }

            /// What was found and what to do, in English: one lower-case line.
            pub const fn text(self) -> &'static str {
                match self { $(Reason::$variant => $en),* }
            }

            /// The same in Chinese.
            pub const fn text_zh(self) -> &'static str {
                match self { $(Reason::$variant => $zh),* }
            }
        }
    };
}

reasons! {
    Resolving           "resolving"            "the name of the host was not resolved: check the host in the url and this machine's name server" "未能解析主机名:请检查 url 中的主机名与本机的 DNS"
    Connecting          "connecting"           "the host refuses or does not answer: check host, port, route and firewall" "主机拒绝连接或无应答:请检查主机、端口、路由与防火墙"
    Tunnelling          "tunnelling"           "the proxy had not opened a way yet: check http.proxy" "代理尚未建立通道:请检查 http.proxy"
    Securing            "securing"             "TLS was not set up: check that the port speaks TLS and that no firewall cuts it" "TLS 未能建立:请检查该端口是否提供 TLS、是否被防火墙切断"
    Waiting             "waiting"              "the platform was silent after the request: ask its operator, or raise http.deadline_ms" "请求发出后平台无应答:请联系平台方,或调大 http.deadline_ms"
    Reading             "reading"              "the answer was still coming in: ask the platform's operator, or raise http.deadline_ms" "应答尚未收完:请联系平台方,或调大 http.deadline_ms"
    NoDescriptors       "no_descriptors"       "this process may open no more files: raise its limit (ulimit -n), or close what it leaves open" "本进程可打开的文件数已达上限:请调高上限(ulimit -n),或关闭未释放的文件"
    NoThreads           "no_threads"           "the system gives this process no more threads: raise its limit, or let fewer calls run at once" "系统不再为本进程创建线程:请调高上限,或减少并发"
    NoFreeConnection    "no_free_connection"   "all connections were in use: raise http.max_connections, or let fewer calls run at once" "所有连接均被占用:请调大 http.max_connections,或减少并发"
    Expired             "expired"              "the platform's certificate has expired: compare this machine's clock, then ask the operator for a new certificate" "平台证书已过期:请先核对本机时间,再请平台方更换证书"
    NotYetValid         "not_yet_valid"        "the platform's certificate is not valid yet: this machine's clock is probably behind" "平台证书尚未生效:多半是本机时间落后,请校准"
    WrongHost           "wrong_host"           "the platform's certificate is for another name: check the host in the url" "平台证书属于另一个域名:请检查 url 中的主机名"
    NoNameInCertificate "no_name_in_certificate" "the platform's certificate names no host (only a CN): ask the operator for one with a subjectAltName" "平台证书未列出主机名(仅有 CN):请平台方换发含 subjectAltName 的证书"
    UnknownIssuer       "unknown_issuer"       "nobody this machine trusts has signed the platform's certificate: put the operator's CA certificate into http.ca_file" "平台证书的签发者不受本机信任:请将平台方的 CA 证书放入 http.ca_file"
    ChainIncomplete     "chain_incomplete"     "the platform does not send the certificate between its own and the CA: ask the operator to send the whole chain" "平台未发送中间证书:请平台方补全证书链"
    CaUsedAsServer      "ca_used_as_server"    "the platform uses a CA certificate as its own: ask the operator for a server certificate" "平台把 CA 证书当作服务器证书使用:请平台方换发服务器证书"
    Revoked             "revoked"              "the platform's certificate was revoked: ask the operator" "平台证书已被吊销:请联系平台方"
    WeakKey             "weak_key"             "the platform's certificate has a key that is too weak: ask the operator for a new certificate" "平台证书的密钥强度不足:请平台方更换证书"
    OldCertificateVersion "old_certificate_version" "the platform's certificate is of X.509 version 1 or 2: ask the operator for a version 3 certificate" "平台证书为 X.509 第 1 或第 2 版:请平台方换发第 3 版证书"
    BadSignatureAlgorithm "bad_signature_algorithm" "the platform's certificate is signed in a way that is no longer safe (such as SHA-1), or unknown here: ask the operator for a new certificate" "平台证书的签名算法已不安全(如 SHA-1)或本库不支持:请平台方更换证书"
    ProtocolTooOld      "protocol_too_old"     "the platform speaks only TLS 1.1 or older: ask the operator for TLS 1.2" "平台仅支持 TLS 1.1 或更早版本:请平台方启用 TLS 1.2"
    NoCommonCipher      "no_common_cipher"     "the platform offers no cipher suite that is safe: ask the operator for TLS 1.2 with ECDHE and GCM" "平台未提供安全的加密套件:请平台方启用 TLS 1.2 的 ECDHE 与 GCM 套件"
    GmOnly              "gm_only"              "the platform speaks only TLCP (GB/T 38636): connect through a local relay that does" "平台仅支持国密 TLCP(GB/T 38636):请经由支持它的本机中继连接"
    NotTls              "not_tls"              "the port does not speak TLS: check port and scheme of the url" "该端口不提供 TLS:请检查 url 的端口与协议"
    ClientCertificateWanted "client_certificate_wanted" "the platform wants a client certificate: set http.client_cert_file and http.client_key_file" "平台要求客户端证书:请设置 http.client_cert_file 与 http.client_key_file"
    ClientCertificateRefused "client_certificate_refused" "the platform refuses the client certificate: check that it is the unit's and has not expired" "平台拒绝了客户端证书:请确认其属于本单位且未过期"
    PinMismatch         "pin_mismatch"         "the platform's key is not one of http.pin_spki: find out why it changed before you change the pin" "平台密钥与 http.pin_spki 不符:修改前请先查明密钥变更的原因"
    PeerAlert           "peer_alert"           "the platform ended the TLS handshake with an alert" "平台以警报终止了 TLS 握手"
    OtherTls            "other"                "TLS failed for another reason" "TLS 因其他原因失败"
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl LogSafe for Reason {}
