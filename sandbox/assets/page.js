"use strict";

// The token is a credential. It leaves the address bar before anything else happens and travels only in request bodies;
// the history entry keeps it, so that a reload works.
const given = new URLSearchParams(location.search);
const ticket = given.has("token")
  ? { token: given.get("token"), uuid: given.get("uuid") || undefined }
  : history.state;
history.replaceState(ticket, "", location.pathname);

const TEXTS = {
  zh: {
    title: "苏康码", brand: "苏康码", number: "证件号码", place: "江苏", clock: "当前时间", refresh: "刷新", tip: "健康提示",
    foot: "沙箱演示 · 人员与数据均为虚构",
    seconds: (count) => `${count} 秒后自动刷新`,
    waiting: "正在刷新…",
    expired: "此码已过期，正在重新获取…",
    code: (word) => `健康码二维码，${word}`,
    other: ["EN", "en", "Switch to English"],
  },
  en: {
    title: "SKM health code", brand: "SKM health code", number: "Certificate number", place: "Jiangsu", clock: "Time now",
    refresh: "Refresh", tip: "Advice", foot: "Sandbox demo · people and data are invented",
    seconds: (count) => `Refreshes in ${count} s`,
    waiting: "Refreshing…",
    expired: "This code has expired; getting a new one…",
    code: (word) => `Health code QR, ${word}`,
    other: ["中文", "zh-CN", "切换为中文"],
  },
};

// Always both languages: the word must be understood by whoever checks, not only by who shows.
const WORDS = {
  green: "绿码 · Green",
  yellow: "黄码 · Yellow",
  red: "红码 · Red",
  unknown: "未知 · Unknown",
  expired: "已过期 · Expired",
};

const PROBLEMS = {
  missing: ["没有收到登录信息", "请返回应用，从“亮码”入口重新进入。", "No sign-in was received", "Go back to the app and open the code from there."],
  expired: ["登录已过期", "请返回应用，重新进入以获取新的登录。", "Your sign-in has expired", "Go back to the app and open the code again."],
  unknown: ["登录信息无效", "请返回应用，重新进入；如仍有问题请联系客服。", "Your sign-in is not valid", "Go back to the app and open the code again; ask for help if it happens again."],
  network: ["暂时无法连接", "请检查网络；页面会自动重试。", "No connection right now", "Check the network; the page keeps trying."],
};

const element = (id) => document.getElementById(id);
const page = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

let language = "zh";
let shown = null; // the last answer, and when it came by this page's own steady clock
let asking = false;
let retryAt = 0;

const sinceShown = () => performance.now() - shown.cameAt;
const margin = () => Math.min(10000, shown.life_ms / 4);
const untilRefresh = () => shown.life_ms - margin() - sinceShown();
const isOver = () => sinceShown() >= shown.life_ms;
// An expired code is never left to look like a good one, in colour or in word.
const levelNow = () => (isOver() ? "expired" : shown.level);

async function refresh() {
  if (asking) return;
  asking = true;
  tick();
  try {
    const response = await fetch("/h5/code", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...ticket, page }),
      signal: AbortSignal.timeout(8000),
    });
    const answer = await response.json();
    if (answer.ok) show(answer);
    else stop(PROBLEMS[answer.reason] ? answer.reason : "unknown");
  } catch {
    retryAt = performance.now() + 3000;
    if (!shown) explain("network");
  } finally {
    asking = false;
    tick();
  }
}

function show(answer) {
  const svg = new DOMParser().parseFromString(answer.svg, "image/svg+xml").documentElement;
  svg.setAttribute("role", "img");
  element("code").replaceChildren(document.importNode(svg, true));
  shown = { ...answer, svg: undefined, cameAt: performance.now() };
  element("message").hidden = true;
  element("pass").hidden = false;
  paint();
}

function paint() {
  const texts = TEXTS[language];
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = texts.title;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = texts[node.dataset.text];
  const [label, lang, says] = texts.other;
  element("language").textContent = label;
  element("language").lang = lang;
  element("language").setAttribute("aria-label", says);
  if (!shown) return;
  element("name").textContent = shown.name;
  element("number").textContent = shown.number;
  element("tip").textContent = language === "zh" ? shown.tip_zh : shown.tip_en;
  element("code").firstElementChild.setAttribute("aria-label", texts.code(WORDS[shown.level]));
  tick();
}

function tick() {
  if (!shown) {
    if (retryAt && performance.now() >= retryAt) refresh();
    return;
  }
  const texts = TEXTS[language];
  const china = new Date(shown.now_ms + sinceShown() + 8 * 3600 * 1000).toISOString();
  element("date").textContent = china.slice(0, 10);
  element("time").textContent = china.slice(11, 19);
  const left = Math.max(0, untilRefresh());
  element("left").value = left / (shown.life_ms - margin());
  element("countdown").textContent = asking || left === 0 ? texts.waiting : texts.seconds(Math.ceil(left / 1000));
  document.body.dataset.level = levelNow();
  if (element("word").textContent !== WORDS[levelNow()]) element("word").textContent = WORDS[levelNow()];
  element("cover").hidden = !isOver();
  if (element("cover").textContent !== texts.expired) element("cover").textContent = texts.expired;
  if (left === 0 && performance.now() >= retryAt) refresh();
}

function explain(reason) {
  const [problemZh, remedyZh, problemEn, remedyEn] = PROBLEMS[reason];
  element("problem-zh").textContent = problemZh;
  element("remedy-zh").textContent = remedyZh;
  element("problem-en").textContent = problemEn;
  element("remedy-en").textContent = remedyEn;
  document.body.dataset.level = "message";
  element("pass").hidden = true;
  element("message").hidden = false;
}

function stop(reason) {
  clearInterval(timer);
  shown = null;
  element("code").replaceChildren();
  element("refresh").disabled = true;
  explain(reason);
}

element("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  paint();
});
element("refresh").addEventListener("click", refresh);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) tick();
});

const timer = setInterval(tick, 250);
if (ticket && ticket.token) refresh();
else stop("missing");
