// The files that a page needs beside its first small module: this program, plotly.js, Temml. They come from the server that
// serves the page where one does, and from the kernel everywhere else; each once for all widgets of a browser tab.
/** @import { Down, Entry, Libraries, Model } from "./protocol.js" */
import { keep, kept } from "./cellar.js";
import { staticFolder } from "./hosts.js";
import { fill } from "./labels.js";

const WAIT = 5000; // ms after which a kernel that did not answer is asked again
const TRIES = 12;
const GLOBAL = /** @type {Record<string, string>} */ ({ plotly: "Plotly", temml: "temml" });

/** @type {any} */
const page = globalThis;
const KEY = Symbol.for("kdviz"); // every widget has a module of its own; what they share hangs here
/** @type {Map<string, Promise<any>>} name and hash -> what the file offers */
const shared = page[KEY] ?? new Map();
page[KEY] = shared;

/**
 * A library that the template asked for before the kernel was up.
 * @param {string} name
 * @returns {Promise<any>}
 */
export function awaited(name) {
  const tag = document.querySelector(`script[data-kd="${name}"]`);
  if (page[GLOBAL[name]]) return Promise.resolve(page[GLOBAL[name]]);
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Error(name));
    if (!tag) return lost();
    tag.addEventListener("load", () => resolve(page[GLOBAL[name]]));
    tag.addEventListener("error", lost);
  });
}

/**
 * Run a file as a script and return the name that it sets; the same name of somebody else is left as it was.
 * @param {string} name
 * @param {string} address
 * @param {string} hash of the file, "" for one that needs no look
 */
function script(name, address, hash) {
  const global = GLOBAL[name];
  const early = /** @type {HTMLScriptElement | null} */ (document.querySelector(`script[data-kd="${name}"]`));
  if (early && page[global] && hash) return Promise.resolve(page[global]); // the template asked before the kernel was up
  return new Promise((resolve, reject) => {
    const before = early && hash ? undefined : page[global];
    const tag = early && hash ? early : document.createElement("script");
    tag.addEventListener("load", () => {
      const ours = page[global];
      if (before !== undefined) page[global] = before;
      resolve(ours);
    });
    tag.addEventListener("error", () => {
      tag.remove();
      reject(new Error(name));
    });
    if (tag === early) return;
    if (hash) tag.integrity = `sha256-${btoa(String.fromCharCode(...bytesOf(hash)))}`;
    tag.charset = "utf-8"; // whatever the page around us is written in
    tag.src = address;
    document.head.append(tag);
  });
}

/** @param {string} hash in hexadecimal digits */
const bytesOf = (hash) => (hash.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));

/**
 * @param {string} name
 * @param {string} address
 * @param {Entry} entry
 */
async function run(name, address, { hash }, served = true) {
  if (name in GLOBAL) return script(name, address, served ? hash : "");
  const module = await import(address);
  if (served && module.build !== hash) throw new Error(name); // the server has another version than the kernel
  return module;
}

/**
 * Ask the kernel for a file until it comes.
 * @param {Model} model
 * @param {string} name
 * @param {string} hash
 * @returns {Promise<Blob>} gzipped
 */
function fetched(model, name, hash) {
  return new Promise((resolve, reject) => {
    let left = TRIES;
    const ask = () => {
      if (left-- > 0) return model.send({ kind: "library", name });
      end();
      reject(new Error(name));
    };
    /** @type {(message: Down, buffers: DataView[]) => void} */
    const heard = (message, buffers) => {
      if (message.kind !== "library" || message.name !== name || message.hash !== hash) return;
      end();
      resolve(new Blob([/** @type {DataView<ArrayBuffer>} */ (buffers[0])]));
    };
    const end = () => {
      clearInterval(timer);
      model.off("msg:custom", heard);
    };
    const timer = setInterval(ask, WAIT);
    model.on("msg:custom", heard);
    ask();
  });
}

/**
 * @param {Model} model
 * @param {string} name
 * @param {Entry} entry
 */
async function fromKernel(model, name, entry) {
  const own = await kept(name, entry.hash);
  const packed = own ?? (await fetched(model, name, entry.hash));
  const text = await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript;charset=utf-8" }));
  const found = await run(name, address, entry, false);
  URL.revokeObjectURL(address);
  if (!own) await keep(name, entry.hash, packed);
  return found;
}

/**
 * What the file `name` offers, from wherever it can be had.
 * @param {Model} model
 * @param {string} name
 * @param {Entry} entry
 */
export function library(model, name, entry) {
  const key = `${name} ${entry.hash}`;
  const folder = staticFolder();
  const load = async () => {
    const address = `${folder}${entry.file}?v=${entry.version}`;
    if (folder) return await run(name, address, entry).catch(() => fromKernel(model, name, entry));
    return await fromKernel(model, name, entry);
  };
  const found = shared.get(key) ?? load();
  shared.set(key, found);
  return found.catch(() => {
    shared.delete(key);
    throw new Error(fill(model.get("spec").labels.no_library, { name: entry.file }));
  });
}

/**
 * @param {Model} model
 * @param {Record<string, Entry>} files
 * @returns {Libraries}
 */
export const libraries = (model, files) => ({
  plotly: () => library(model, "plotly", files.plotly),
  temml: () => library(model, "temml", files.temml),
  folder: staticFolder(),
});
