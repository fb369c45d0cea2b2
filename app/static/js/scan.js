// The scan station. Every code is sent at once and in order; the input never loses the focus; the verdict is heard.
(() => {
  "use strict";
  const REPEAT = 500;
  const TONES = { high: [[1320, 0.09]], low: [[196, 0.38]], double: [[660, 0.09], [660, 0.09]] };
  let audio = null;
  let lastCode = "";
  let lastAt = 0;

  const form = () => document.querySelector("form[data-scan]");
  const input = () => document.querySelector("[data-scan-input]");

  // --- focus -------------------------------------------------------------------------------------------------------

  function refocus() {
    const active = document.activeElement;
    const busy = active && active !== document.body && active.matches("input, select, textarea, button, a, summary");
    if (!busy && !document.querySelector("dialog[open]")) input()?.focus({ preventScroll: true });
  }

  // A tap on empty floor, or a key typed into nothing, belongs to the input.
  document.addEventListener("click", () => setTimeout(refocus));
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.matches("input, select, textarea, button, a, summary")) input()?.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:afterSettle", () => setTimeout(refocus));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refocus(); });
  document.addEventListener("DOMContentLoaded", refocus);

  // --- sending -----------------------------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-scan]")) return;
    const code = input().value.trim();
    const repeated = code === lastCode && event.timeStamp - lastAt < REPEAT;
    if (!code || repeated) { event.preventDefault(); event.stopImmediatePropagation(); input().value = ""; return; }
    lastCode = code;
    lastAt = event.timeStamp;
    unlock();
  }, true);

  // The value has been read by then; the next code may already be on its way.
  document.addEventListener("htmx:beforeSend", (event) => { if (event.detail.elt === form()) input().value = ""; });

  // --- tones -------------------------------------------------------------------------------------------------------

  function unlock() {
    audio ||= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  }

  function play(name) {
    if (!TONES[name] || localStorage.getItem("scan-tones") === "off") return;
    unlock();
    let at = audio.currentTime;
    for (const [pitch, length] of TONES[name]) { beep(pitch, at, length); at += length + 0.06; }
  }

  function beep(pitch, at, length) {
    const voice = audio.createOscillator();
    const loudness = audio.createGain();
    voice.type = pitch < 300 ? "square" : "sine";
    voice.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.25, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + length);
    voice.connect(loudness).connect(audio.destination);
    voice.start(at);
    voice.stop(at + length);
  }

  document.addEventListener("htmx:afterSwap", () => {
    const verdict = document.querySelector(".verdict[data-tone]:not([data-heard])");
    if (!verdict) return;
    verdict.setAttribute("data-heard", "");
    play(verdict.dataset.tone);
    if (navigator.vibrate && verdict.dataset.tone !== "high") navigator.vibrate([120, 60, 120]);
  });
  document.addEventListener("DOMContentLoaded", () => document.querySelector(".verdict[data-tone]")?.setAttribute("data-heard", ""));
  document.addEventListener("pointerdown", () => { if (form()) unlock(); });
})();
