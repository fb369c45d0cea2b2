// What is heard at the scan station: data-tone="high" for yes, "low" for no, "double" for look at it.
// The camera ticks when it has read something; what became of it is heard when the verdict is there.
(() => {
  "use strict";
  const TONES = { high: [[1320, 0.09]], low: [[196, 0.38]], double: [[660, 0.09], [660, 0.09]], tick: [[1760, 0.04]] };
  const PAUSE = 0.06;
  let audio = null;
  const isMuted = () => localStorage.getItem("scan-tones") === "off";

  // Browsers are silent until somebody has touched the page or pressed a key.
  function wake() {
    audio ||= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  }

  function play(name) {
    if (!TONES[name] || isMuted()) return;
    wake();
    let at = audio.currentTime;
    for (const [pitch, length] of TONES[name]) {
      beep(pitch, at, length);
      at += length + PAUSE;
    }
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

  // --- on and off, on this device --------------------------------------------------------------------------------------

  function showWhich() {
    for (const button of document.querySelectorAll("[data-tones]")) button.setAttribute("aria-pressed", String((button.dataset.tones === "off") === isMuted()));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tones]");
    if (!button) return;
    localStorage.setItem("scan-tones", button.dataset.tones);
    showWhich();
    play("high");
  });
  for (const change of ["DOMContentLoaded", "htmx:afterSettle"]) document.addEventListener(change, showWhich);

  // --- when they are heard -----------------------------------------------------------------------------------------------

  document.addEventListener("scan:taken", wake);
  document.addEventListener("camera:read", () => play("tick"));
  for (const change of ["htmx:afterSwap", "scan:said"]) document.addEventListener(change, () => {
    const verdict = document.querySelector(".verdict[data-tone]:not([data-heard])");
    if (!verdict) return;
    verdict.setAttribute("data-heard", "");
    play(verdict.dataset.tone);
    if (verdict.dataset.tone !== "high") navigator.vibrate?.([120, 60, 120]);
  });
  document.addEventListener("DOMContentLoaded", () => document.querySelector(".verdict[data-tone]")?.setAttribute("data-heard", ""));
})();
