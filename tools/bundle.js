// Bundles kdviz/app/js with esbuild and prints the two files as JSON: {build, app, widget}. Called by tools/bundle.py.
import { build } from "esbuild";

const common = { bundle: true, minify: true, write: false, target: "es2022", charset: "utf8", legalComments: "none" };
const source = (/** @type {string} */ name) => ({ entryPoints: [`kdviz/app/js/${name}.js`] });

/** @param {import("esbuild").BuildOptions} options */
async function bundled(options) {
  const { outputFiles } = await build({ ...common, ...options, write: false });
  return outputFiles[0];
}

const app = (/** @type {string} */ name) =>
  bundled({ ...source("main"), format: "esm", define: { "globalThis.KDVIZ_BUILD": JSON.stringify(name) } });
const digest = async (/** @type {Uint8Array<ArrayBuffer>} */ bytes) =>
  Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");

const name = await digest((await app("")).contents); // of everything but the name itself
const [page, widget] = [await app(name), await bundled({ ...source("widget"), format: "iife", globalName: "kdviz" })];
process.stdout.write(JSON.stringify({ build: name, app: page.text, widget: widget.text }));
