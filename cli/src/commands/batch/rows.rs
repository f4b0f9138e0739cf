//! The input of a batch, read and checked whole before the first call.

use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use csv::StringRecord;
use skm::error::{IoReason, ShownPath};
use skm::person::clean;
use skm::{Check, Config, Consent, ErrorKind, IdRequest, ScanRequest};
use zeroize::Zeroizing;

use super::Encoding;
use super::fingerprint::{self, Fingerprint};
use crate::problem::Problem;

/// A row of the input.
pub struct Row {
    /// Counted from 1, without the header.
    pub number: u64,
    /// What is recorded of its content, so that a resumed batch knows it again.
    pub fingerprint: Fingerprint,
    /// Whom it is about, masked.
    pub subject: String,
    /// What is asked.
    pub check: Check,
}

/// Which column holds what.
struct Columns {
    number: Option<usize>,
    name: Option<usize>,
    qr: Option<usize>,
    consent: Option<usize>,
}

/// Reads every row; `consent` makes the consent of a row from its own notice, if it has one.
///
/// # Errors
/// `input_invalid`, naming the row; `input_encoding`; `config_missing` if a row needs an interface that is not
/// configured.
pub fn read(
    file: &Path,
    encoding: Encoding,
    config: &Config,
    consent: &dyn Fn(Option<&str>) -> Consent,
) -> Result<Vec<Row>, Problem> {
    let text = decode(bytes(file)?, encoding)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = Columns::find(reader.headers().map_err(|_| no_header())?)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let number = rows.len() as u64 + 1;
        let record = record.map_err(|_| wrong_row(number, "is not CSV", "不是合法的 CSV"))?;
        rows.push(columns.row(number, &record, config, consent)?);
    }
    Ok(rows)
}

fn bytes(file: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        let (name, reason) = (ShownPath::of(file), IoReason::of(&error));
        Problem::input(
            format!("--input {name} cannot be read ({reason}): give the path of a CSV file"),
            format!("--input {name} 无法读取({}):请给出 CSV 文件路径", reason.text_zh()),
        )
    })?;
    Ok(bytes)
}

fn decode(bytes: Zeroizing<Vec<u8>>, encoding: Encoding) -> Result<Zeroizing<String>, Problem> {
    let wrong = |en: &str, zh: &str| Problem::new(ErrorKind::InputEncoding, en, zh);
    match encoding {
        Encoding::Utf8 => {
            let text = std::str::from_utf8(&bytes).map_err(|_| {
                wrong(
                    "the input is not UTF-8: if it comes from an old Windows program, add --encoding gbk",
                    "输入不是 UTF-8:若来自旧版 Windows 程序,请加 --encoding gbk",
                )
            })?;
            Ok(Zeroizing::new(text.trim_start_matches('\u{feff}').to_owned()))
        }
        Encoding::Gbk => {
            let text = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(&bytes);
            let text = text.ok_or_else(|| {
                wrong(
                    "the input is not GBK: leave --encoding out if it is UTF-8",
                    "输入不是 GBK:若为 UTF-8,请去掉 --encoding",
                )
            })?;
            Ok(Zeroizing::new(text.into_owned()))
        }
    }
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Columns, Problem> {
        let is_one_of = |it: &str, names: &[&str]| names.iter().any(|name| clean::text(it).eq_ignore_ascii_case(name));
        let find = |names: &[&str]| header.iter().position(|it| is_one_of(it, names));
        let columns = Columns {
            number: find(&["number", "userid", "papersnumber", "证件号码", "身份证号"]),
            name: find(&["name", "姓名"]),
            qr: find(&["qr", "qr_text", "二维码"]),
            consent: find(&["consent", "同意"]),
        };
        let complete = columns.qr.is_some() || (columns.number.is_some() && columns.name.is_some());
        if complete { Ok(columns) } else { Err(no_header()) }
    }

    fn row(
        &self,
        number: u64,
        record: &StringRecord,
        config: &Config,
        consent: &dyn Fn(Option<&str>) -> Consent,
    ) -> Result<Row, Problem> {
        let cell = |column: Option<usize>| {
            let text = clean::text(record.get(column?)?);
            Some(text).filter(|text| !text.is_empty())
        };
        let consent = consent(cell(self.consent));
        consent.check(SystemTime::now()).map_err(|error| {
            let (en, zh) = (error.message(), error.message_zh());
            Problem::new(error.kind(), format!("row {number}: {en}"), format!("第 {number} 行:{zh}"))
        })?;
        match (cell(self.qr), cell(self.number), cell(self.name)) {
            (Some(qr), _, _) => {
                let fingerprint = fingerprint::of_code(config, number, qr)?;
                let check = Check::Scan(ScanRequest::new(qr, consent));
                Ok(Row { number, fingerprint, subject: "qr".to_owned(), check })
            }
            (None, Some(id), Some(name)) => {
                let fingerprint = fingerprint::of_person(config, number, id, name)?;
                let request = IdRequest::new(id, name, consent);
                let subject = format!("{} {}", request.name, request.number);
                Ok(Row { number, fingerprint, subject, check: Check::Id(request) })
            }
            _ => Err(wrong_row(
                number,
                "has neither qr nor number and name: fill it in or delete it",
                "缺少 qr,或证件号码与姓名:请补全或删除",
            )),
        }
    }
}

fn no_header() -> Problem {
    Problem::input(
        "the first line must name the columns: number and name, or qr (see skm batch --help)",
        "首行须为列名:number 与 name(证件号码与姓名),或 qr(二维码);参见 skm batch --help",
    )
}

fn wrong_row(number: u64, en: &str, zh: &str) -> Problem {
    Problem::input(format!("row {number} {en}"), format!("第 {number} 行{zh}"))
}
