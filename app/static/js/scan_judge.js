// What a device can say about a scan by itself: from the event's sheet as it was kept last, and from the scans that it
// has not sent yet. It only says what is certain as far as it knows; all else is kept, and judged by the server.
// The server's rules are app/rules/verdicts.py; here is what of them needs no look at other events.
window.scanJudge = (() => {
  "use strict";
  const COMMANDS = ["UNDO", "PREP", "OUT", "IN", "DAMAGED", "DONE"];
  const DONE = { prep: "prepped", out: "out", in: "returned" };
  const IS = { prep: "prepped", out: "out", in: "returned" };

  // --- reading a code ------------------------------------------------------------------------------------------------

  const key = (code) => code.normalize("NFC").replaceAll("\u001d", "").trim().toLowerCase();

  // As it arrived, without the marks of a symbology, of our own label, or the GTIN of a GS1 label.
  function readings(text) {
    const bare = text.replace(/^\][A-Za-z][0-9A-Za-z]/, "").replace(/^\*(.+)\*$/, "$1");
    const found = [text, bare];
    const gtin = /^\(?01\)?(\d{14})/.exec(bare);
    if (gtin) found.push(gtin[1]);
    if (bare.startsWith(`${location.origin}/`)) found.push(decodeURIComponent(bare.slice(location.origin.length + 3)));
    return found.map(key);
  }

  function entry(code, number) {
    const given = /^(\d{1,4}) *\* *(\S.*)$/.exec(code.trim());
    return given ? { text: given[2], pieces: Number(given[1]) } : { text: code.trim(), pieces: number || 1 };
  }

  const called = (codes, text) => readings(text).map((one) => codes[one]).find(Boolean);

  // --- how far the list is, with what waits here ---------------------------------------------------------------------

  function standing(sheet, scans) {
    const lines = new Map(sheet.lines.map((line) => [line.id, { ...line }]));
    const pieces = new Map();
    let number = 0;
    for (const { said } of scans) {
      if (!said) continue;
      number = said.situation === "quantity" ? said.pieces : 0;
      const line = lines.get(said.line);
      if (said.situation !== "planned" || !line) continue;
      line[DONE[said.mode]] += said.pieces;
      line.waits = (line.waits || 0) + said.pieces;
      if (said.tag) pieces.set(said.tag, IS[said.mode]);
    }
    return { lines, pieces, number };
  }

  const counts = (line, mode) => (mode === "in" ? [line.returned, line.out] : [mode === "prep" ? Math.max(line.prepped, line.out) : line.out, line.planned]);

  // --- judging -------------------------------------------------------------------------------------------------------

  function judge(sheet, scans, { code, mode, number }) {
    if (!sheet?.is_open) return { situation: "kept" };
    const now = standing(sheet, scans);
    const { text, pieces } = entry(code, number || now.number);
    const known = called(sheet.codes, text), place = called(sheet.places, text);
    if (COMMANDS.includes(text.toUpperCase())) return { situation: "kept" };
    if (known) return moved(now, known, mode, pieces);
    if (place) return { situation: "location", place };
    return /^[1-9]\d{0,3}$/.test(text) ? { situation: "quantity", pieces: Number(text) } : { situation: "unlisted" };
  }

  function moved(now, known, mode, pieces) {
    const line = now.lines.get(known.line);
    const thing = { line: line.id, mode, pieces: known.tag ? 1 : pieces, tag: known.tag || "", name: known.tag || line.product };
    const situation = known.tag ? ofPiece(line, now.pieces.get(known.tag) || known.is, mode) : line.pieces ? "kept" : ofCounted(line, mode, pieces);
    return { situation, ...thing };
  }

  function ofPiece(line, is, mode) {
    if (is === "elsewhere") return "kept";
    if (mode === "in") return { out: "planned", returned: "same_again" }[is] || "kept";
    if (is === "out" || is === IS[mode]) return "same_again";
    const isChosen = is === "prepped" || active(line) < line.planned;
    const found = within(line, mode, 1);
    return found === "planned" && !isChosen ? "kept" : found;
  }

  const ofCounted = (line, mode, pieces) => (mode !== "in" ? within(line, mode, pieces) : line.out - line.returned >= pieces ? "planned" : "kept");

  const active = (line) => Math.max(line.prepped, line.out) - line.returned;

  // What others were promised as well is not for the device to decide.
  function within(line, mode, pieces) {
    if (line.short) return "kept";
    const taken = mode === "prep" ? active(line) : line.out - line.returned;
    return taken + pieces <= line.planned ? "planned" : "already_met";
  }

  const SAYS = ["planned", "already_met", "same_again", "location", "quantity"];

  return Object.freeze({ judge, standing, counts, SAYS });
})();
