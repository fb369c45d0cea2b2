// What the camera sees: the picture, its light, and the codes in it. Begins with the event camera:open and ends with
// camera:close; each code that is held into the frame is told as camera:read, once until it has been gone for a while.
(() => {
  "use strict";
  const GONE = 1500;
  const PAUSE = 50;
  const EDGE = 0.1;
  const LONGEST_SIDE = 1280;
  const WANTED = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } };
  const WHY = {
    NotAllowedError: "This page may not use the camera. Allow it in the browser's settings for this address, then open the camera again.",
    NotFoundError: "No camera was found on this device.",
    OverconstrainedError: "No camera was found on this device.",
    NotReadableError: "The camera is in use by another program or tab. Close it there, then open the camera again.",
    AbortError: "The camera is in use by another program or tab. Close it there, then open the camera again.",
  };
  const NOT_SECURE = "Browsers give a camera only to addresses that begin with https://, and this one begins with http://. Whoever runs Crosshire can put it behind HTTPS; until then, type the code or use a scanner.";
  const NO_DECODER = "What reads the codes could not be fetched. Open the camera again when the network is back.";
  const canvas = document.createElement("canvas");
  const seen = new Map();
  let stream = null, read = null, likely = "";

  const sheet = () => document.getElementById("camera");
  const part = (name) => sheet().querySelector(name);
  const say = (words) => { part(".camera-words").textContent = words; };

  // --- the picture -------------------------------------------------------------------------------------------------

  async function start() {
    seen.clear();
    likely = "";
    if (!navigator.mediaDevices) { say(NOT_SECURE); return; }
    say("The camera is starting. If the browser asks whether it may, allow it.");
    const given = await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false }).catch((error) => { say(WHY[error.name] || "The camera did not start. Open it again."); });
    if (!given) return;
    if (!sheet().open || stream) { given.getTracks().forEach((track) => track.stop()); return; }
    stream = given;
    await show(given);
    read ||= await window.codeReader(sheet().dataset).catch(() => null);
    if (stream !== given) return;
    say(read ? "" : NO_DECODER);
    if (read) look(given);
  }

  async function show(given) {
    const [track] = given.getVideoTracks();
    track.addEventListener("ended", () => { if (stream === given) { stop(); say(WHY.NotReadableError); } });
    part(".camera-picture").hidden = false;
    part("video").srcObject = given;
    await part("video").play().catch(() => {});
    part(".camera-torch").hidden = !track.getCapabilities?.().torch;
  }

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    part("video").srcObject = null;
    part(".camera-picture").hidden = true;
    part(".camera-torch").setAttribute("aria-pressed", "false");
  }

  document.addEventListener("click", async (event) => {
    const torch = event.target.closest(".camera-torch");
    if (!torch || !stream) return;
    const on = torch.getAttribute("aria-pressed") !== "true";
    await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] }).then(() => torch.setAttribute("aria-pressed", String(on)), () => { torch.hidden = true; });
  });

  // --- what is read ------------------------------------------------------------------------------------------------

  async function look(given) {
    while (stream === given) {
      const isShown = !document.hidden && part("video").readyState >= 2 && part("video").clientWidth > 0;
      const found = isShown ? await read(shown(part("video"))).catch(() => null) : [];
      if (stream === given && isShown && found) notice(found);
      if (!found) giveUp();
      await new Promise((go) => { setTimeout(go, PAUSE); });
    }
  }

  function giveUp() {
    read = null;
    stop();
    say("Reading codes failed. Open the camera again.");
  }

  // What is seen on the screen is what is looked at, no more: the video fills its box and is cut where it does not fit.
  function shown(video) {
    const scale = Math.max(video.clientWidth / video.videoWidth, video.clientHeight / video.videoHeight);
    const width = video.clientWidth / scale, height = video.clientHeight / scale;
    const less = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    canvas.width = Math.round(width * less);
    canvas.height = Math.round(height * less);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, (video.videoWidth - width) / 2, (video.videoHeight - height) / 2, width, height, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  const inFrame = (side) => side > EDGE && side < 1 - EDGE;
  const fromMiddle = (code) => Math.hypot(code.x - 0.5, code.y - 0.5);

  // The code nearest to the middle, once until it has been gone for a while. Bars may be misread: they are read twice.
  function notice(found) {
    forget(new Set(found.map((code) => code.text)), performance.now());
    const [aimed] = found.filter((code) => code.text && inFrame(code.x) && inFrame(code.y)).sort((one, other) => fromMiddle(one) - fromMiddle(other));
    const isSure = aimed && (aimed.isSquare || aimed.text === likely);
    likely = aimed?.text;
    if (!isSure || seen.has(aimed.text)) return;
    seen.set(aimed.text, null);
    document.dispatchEvent(new CustomEvent("camera:read", { detail: aimed.text }));
  }

  function forget(inPicture, now) {
    for (const [text, goneAt] of seen) {
      if (inPicture.has(text)) seen.set(text, null);
      else if (goneAt === null) seen.set(text, now);
      else if (now - goneAt > GONE) seen.delete(text);
    }
  }

  document.addEventListener("camera:open", start);
  document.addEventListener("camera:close", stop);
})();
