// The forms of everything that goes between browser and session, as types; nothing of this file is left in the bundle.
// `protocol.py` and `forms.py` beside this folder state the same for Python, and a test compares.

/** @typedef {Record<string, any>} Json an object as it came */
/** @typedef {Record<string, string>} Labels what a visitor reads, by name; holes stand in braces */
/** @typedef {string | number | boolean} Value of a knob; "inf" stands for infinity on the way */

/**
 * @typedef {object} Knob
 * @property {string} key
 * @property {string} name
 * @property {string} label
 * @property {string} help
 * @property {"number" | "integer" | "choice" | "toggle" | "text"} kind
 * @property {any} default
 * @property {number | null} low
 * @property {number | null} high
 * @property {boolean} log
 * @property {boolean} infinite
 * @property {number | null} step
 * @property {[string, string][]} options
 * @property {boolean} main
 */

/** @typedef {{question: string, options: string[], answer: number, why: string}} Predict */
/** @typedef {{question: string, answer: string}} Task */
/** @typedef {{slug: string, title: string}} Neighbour */
/** @typedef {{missing: string, seeded: boolean}} LiveSpec */

/**
 * What never changes while a page is open.
 * @typedef {object} Spec
 * @property {string} slug
 * @property {string} title
 * @property {string} goal
 * @property {Knob[]} knobs
 * @property {[string, string, string][]} presets name, title, why
 * @property {Predict} predict
 * @property {Task[]} tasks
 * @property {[string, string][]} reading
 * @property {LiveSpec | null} live
 * @property {number[]} picks
 * @property {Record<string, string>} dark
 * @property {string[]} hide
 * @property {string[]} lock
 * @property {string} theme
 * @property {string} mode
 * @property {Neighbour | null} before
 * @property {Neighbour | null} after
 * @property {string} colophon
 * @property {Labels} labels
 */

/** @typedef {{slug: string, title: string, goal: string, minutes: number, chapter: string, presets: [string, string, string][]}} Card */
/** @typedef {{title: string, goal: string, cards: Card[], theme: string, environment: string, labels: Labels}} IndexSpec */

/** @typedef {{state: string, done: number, total: number, words: string, left: number | null, place: number}} RunStatus */
/** @typedef {[label: string, value: number | null, low: number, high: number, role: string, text: string]} Gauge */

/**
 * What changes with the state, beside the charts.
 * @typedef {object} Texts
 * @property {number} seq the newest change that is answered
 * @property {Record<string, Value>} state
 * @property {string} link
 * @property {string} verdict
 * @property {string} formula
 * @property {Gauge[]} gauges
 * @property {string[]} notes
 * @property {string} alert
 * @property {RunStatus} [run]
 */

/** @typedef {Json} Trace of Plotly */
/** @typedef {{data: Trace[], layout: Json}} Figure */
/** @typedef {[chart: number, trace: number, key: string, shape: number[]]} ArrayPlace in one float32 buffer, in order */
/** @typedef {[chart: number, trace: number, key: string, items: string[]]} ListPlace */
/** @typedef {{version: number, texts: Texts, figures: Figure[], arrays: ArrayPlace[], buffer: DataView}} Start */
/** @typedef {{spec: Spec, start: Start}} Whole all that a page begins with */

/**
 * Down: what changed since the frame before, or all of it; `spent` is what the kernel took for it, in ms.
 * @typedef {object} Frame
 * @property {"frame"} kind
 * @property {boolean} whole
 * @property {number} version
 * @property {Partial<Texts>} texts
 * @property {ArrayPlace[]} arrays
 * @property {ListPlace[]} lists
 * @property {number} [spent]
 */

/** @typedef {{kind: "table", header: string[], rows: (string | number | null)[][]}} Table down */
/** @typedef {{kind: "file", name: string, mime: string, text: string}} File down */
/** @typedef {{kind: "failed", text: string}} Failed down */
/** @typedef {{kind: "library", name: string, hash: string}} Library down, with the file, gzipped, in a buffer */
/** @typedef {Table | File | Failed} Reply */
/** @typedef {Frame | Reply | Library} Down */

/** @typedef {{kind: "hello", version: number}} Hello up: what is on screen; -1 asks for everything */
/** @typedef {{kind: "change", values: Json, seq: number}} Change up: all that is not answered yet, and its number */
/** @typedef {{kind: "want", what: string}} Want up */
/** @typedef {{kind: "run", do: string}} Run up */
/** @typedef {{kind: "library", name: string}} WantLibrary up */
/** @typedef {Hello | Change | Want | Run | WantLibrary} Up */

/**
 * The widget's model as anywidget hands it out.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(content: Up) => void} send
 * @property {(event: "msg:custom", heard: (content: Down, buffers: DataView[]) => void) => void} on
 * @property {(event: "msg:custom", heard: (content: Down, buffers: DataView[]) => void) => void} off
 */

/**
 * A library: its file, the SHA-256 of that (of the program: the name of its build), and the address's `v`.
 * @typedef {{file: string, hash: string, version: string}} Entry
 */
/** @typedef {{plotly: () => Promise<any>, temml: () => Promise<any>, folder: string}} Libraries */

export {};
