// The vendored decoder, away from the page: its work holds up nobody, and its policy alone allows WebAssembly.
"use strict";
let formats = [];

self.addEventListener("message", async ({ data: question }) => {
  try {
    self.postMessage({ found: question.reader ? await begin(question) : await read(question) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
});

async function begin(given) {
  formats = given.formats;
  importScripts(given.reader);
  await ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => given.wasm }, fireImmediately: true });
  return [];
}

// "Plain" is what a wedge scanner would send: GS1 labels keep their separators and get no brackets.
async function read({ data, width, height }) {
  const found = await ZXingWASM.readBarcodes(new ImageData(data, width, height), { formats, textMode: "Plain", maxNumberOfSymbols: 8 });
  return found.map(({ text, format, position: { topLeft, topRight, bottomRight, bottomLeft } }) => ({ text, format, corners: [topLeft, topRight, bottomRight, bottomLeft] }));
}
