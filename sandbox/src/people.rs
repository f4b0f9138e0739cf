//! Invented people: a seeded set of every level and certificate type, more from files, and profiles that interface 1
//! creates quietly (快捷资料创建).

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use skm::verdict::LevelAlphabet;

use crate::credentials::{derive, hex};
use crate::settings::LevelForm;

/// The level the sandbox gives a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 绿码.
    Green,
    /// 黄码.
    Yellow,
    /// 红码.
    Red,
    /// The platform does not know.
    Unknown,
}

impl Level {
    /// In the order of the digits 1 to 4 of interface 4.
    pub const ALL: [Level; 4] = [Level::Green, Level::Yellow, Level::Red, Level::Unknown];

    /// `green`, `yellow`, `red` or `unknown`.
    pub fn word(self) -> &'static str {
        ["green", "yellow", "red", "unknown"][self as usize]
    }

    /// The level as answers spell it: in the dialect's own words, as a digit where it has one.
    pub(crate) fn spelled(self, form: LevelForm, alphabet: &LevelAlphabet) -> String {
        let words = match self {
            Level::Green => alphabet.words(skm::Level::Green),
            Level::Yellow => alphabet.words(skm::Level::Yellow),
            Level::Red => alphabet.words(skm::Level::Red),
            Level::Unknown if form == LevelForm::Digit => return "4".to_owned(),
            Level::Unknown => return "unknown".to_owned(),
        };
        let digit = |word: &&String| word.bytes().all(|byte| byte.is_ascii_digit());
        let chosen = if form == LevelForm::Digit { words.iter().find(digit) } else { None };
        chosen.or(words.first()).cloned().unwrap_or_default()
    }

    /// The advice of the answer and the page, led by the colour word.
    pub fn tip(self) -> &'static str {
        [
            "绿色:勤洗手、常通风、戴口罩、做好个人防护。",
            "黄色:配合健康监测、减少外出、按要求核酸检测。",
            "红色:立即联系所在社区、配合集中隔离观察。",
            "未知:未查询到健康信息。请稍后再试或咨询社区。",
        ][self as usize]
    }

    /// The tip in English, for the page.
    pub fn tip_en(self) -> &'static str {
        [
            "Green: wash your hands, air your rooms, wear a mask.",
            "Yellow: follow health monitoring, stay in where you can, test as asked.",
            "Red: contact your community now and follow its isolation advice.",
            "Unknown: no health record was found. Try again later or ask your community.",
        ][self as usize]
    }
}

/// One invented person.
#[derive(Clone, Serialize)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// `paperstype` of table A.2, `1` to `7`.
    pub papers_type: String,
    /// Certificate number.
    pub number: String,
    /// Mobile number.
    pub mobile: String,
    /// What the platform says about them.
    pub level: Level,
    /// `xcValue`, the travel record.
    pub travel: String,
    /// `exceptionCodeReason`; empty for green.
    pub reason: String,
    /// Interface 3 answers 119 for this person.
    pub update_required: bool,
    /// The 32 hex digits of this person's QR codes.
    pub identity: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({}, {})", skm::person::mask::certificate(&self.number), self.level.word())
    }
}

impl Person {
    /// A person with the usual texts of a level.
    pub fn new(seed: u64, name: &str, papers_type: &str, number: &str, mobile: &str, level: Level) -> Person {
        let (travel, reason) = match level {
            Level::Green => ("当日未核验", ""),
            Level::Yellow => ("14天内到过示范地区", "示范:次密切接触者"),
            Level::Red => ("14天内到过示范高风险地区", "示范:密切接触者"),
            Level::Unknown => ("", "示范:无健康信息"),
        };
        Person {
            name: name.to_owned(),
            papers_type: papers_type.to_owned(),
            number: number.to_owned(),
            mobile: mobile.to_owned(),
            level,
            travel: travel.to_owned(),
            reason: reason.to_owned(),
            update_required: false,
            identity: hex(&derive(seed, &format!("person {number}"))),
        }
    }
}

/// Everyone the sandbox knows.
#[derive(Debug, Clone)]
pub struct People {
    list: Vec<Person>,
    by_number: HashMap<String, usize>,
    by_identity: HashMap<String, usize>,
    invented: usize,
    seed: u64,
}

impl People {
    /// The seeded set: indexes 0 to 3 hold a resident identity card (type 1) of each level, 4 to 27 the types 2 to 7 of
    /// each level, 28 a name outside the basic plane, 29 a name with `·`, 30 a person who must update their data.
    pub fn invented(seed: u64) -> People {
        let mut people =
            People { list: Vec::new(), by_number: HashMap::new(), by_identity: HashMap::new(), invented: 0, seed };
        let mut random = fastrand::Rng::with_seed(seed ^ 0x736b_6d70);
        for papers_type in 1..=7 {
            for level in Level::ALL {
                people.invent(&mut random, NAMES[people.list.len()], papers_type, level);
            }
        }
        people.invent(&mut random, "𠮷样例", 1, Level::Green);
        people.invent(&mut random, "阿卜杜拉·买买提", 1, Level::Green);
        people.invent(&mut random, "钱待更新", 1, Level::Green);
        people.list[30].update_required = true;
        people.invented = people.list.len();
        people
    }

    /// Everyone, in order of their index.
    pub fn list(&self) -> &[Person] {
        &self.list
    }

    /// The person with this certificate number; a final `x` is an `X`.
    pub fn by_number(&self, number: &str) -> Option<&Person> {
        self.by_number.get(&number.to_ascii_uppercase()).map(|at| &self.list[*at])
    }

    /// The person whose codes carry these 32 hex digits.
    pub fn by_identity(&self, identity: &str) -> Option<&Person> {
        self.by_identity.get(identity).map(|at| &self.list[*at])
    }

    /// Adds a person; one with the same number is replaced.
    pub fn add(&mut self, person: Person) {
        let number = person.number.to_ascii_uppercase();
        if let Some(at) = self.by_number.get(&number) {
            self.list[*at] = person;
            return;
        }
        self.by_number.insert(number, self.list.len());
        self.by_identity.insert(person.identity.clone(), self.list.len());
        self.list.push(person);
    }

    /// A profile created quietly by interface 1: green.
    pub fn create(&mut self, name: &str, papers_type: &str, number: &str, mobile: &str) {
        self.add(Person::new(self.seed, name, papers_type, number, mobile, Level::Green));
    }

    /// Marks everyone known now as given at start, so that [`People::forget_created`] keeps them.
    pub fn seal(&mut self) {
        self.invented = self.list.len();
    }

    /// Forgets the profiles that interface 1 created.
    pub fn forget_created(&mut self) {
        for person in self.list.drain(self.invented..) {
            self.by_number.remove(&person.number.to_ascii_uppercase());
            self.by_identity.remove(&person.identity);
        }
    }

    fn invent(&mut self, random: &mut fastrand::Rng, name: &str, papers_type: u8, level: Level) {
        let number = invent_number(random, papers_type);
        let mobile = format!("1770000{:04}", random.u32(0..10_000));
        self.add(Person::new(self.seed, name, &papers_type.to_string(), &number, &mobile, level));
    }
}

const NAMES: [&str; 28] = [
    "苏小康",
    "李示范",
    "王测试",
    "赵样例",
    "O'Brien Smith",
    "Anna Muster",
    "Max Beispiel",
    "Jane Sample",
    "陈大文",
    "何样本",
    "梁示例",
    "欧阳测试",
    "林示范",
    "黄样例",
    "周测试",
    "吴示例",
    "陈小文",
    "郑样本",
    "冯示范",
    "卫测试",
    "马样例",
    "高示范",
    "罗测试",
    "唐样本",
    "许示例",
    "邓示范",
    "曹测试",
    "彭样例",
];

fn invent_number(random: &mut fastrand::Rng, papers_type: u8) -> String {
    let digits = |random: &mut fastrand::Rng, count: usize| -> String {
        (0..count).map(|_| char::from(random.u8(b'0'..=b'9'))).collect()
    };
    match papers_type {
        1 => {
            let division = if random.bool() { "320000" } else { "990000" };
            let birth = format!("{}{:02}{:02}", random.u16(1950..2005), random.u8(1..=12), random.u8(1..=28));
            resident_number(&format!("{division}{birth}{}", digits(random, 3)))
        }
        2 => format!("E{}", digits(random, 8)),
        3 => format!("H{}", digits(random, 8)),
        4 => digits(random, 8),
        5 => format!("Z{}({})", digits(random, 6), digits(random, 1)),
        6 => format!("5{}({})", digits(random, 6), digits(random, 1)),
        _ => format!("Z1{}", digits(random, 8)),
    }
}

/// 11 digits starting with 1.
pub fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Seventeen digits and their check character (ISO 7064 MOD 11-2).
pub fn resident_number(digits: &str) -> String {
    let weights = (0..17).map(|place| (1u32 << (17 - place)) % 11);
    let sum: u32 = digits.chars().filter_map(|digit| digit.to_digit(10)).zip(weights).map(|(digit, w)| digit * w).sum();
    let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize];
    format!("{digits}{check}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_and_type_is_there_and_the_seed_decides() {
        let people = People::invented(7);
        assert_eq!(people.list().len(), 31);
        for papers_type in 1..=7 {
            for level in Level::ALL {
                assert!(people.list().iter().any(|p| p.papers_type == papers_type.to_string() && p.level == level));
            }
        }
        assert_eq!(people.list()[5].number, People::invented(7).list()[5].number);
        assert_ne!(people.list()[0].number, People::invented(8).list()[0].number);
        assert_eq!(resident_number("32000019850630414"), "320000198506304142");
    }

    #[test]
    fn created_profiles_are_forgotten() {
        let mut people = People::invented(7);
        people.create("测试", "2", "E1", "13800000000");
        assert!(people.by_number("e1").is_some());
        people.forget_created();
        assert!(people.by_number("E1").is_none());
    }
}
