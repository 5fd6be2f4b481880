// What a visitor reads comes from the kernel or the template, whole sentences with holes; here they are filled.

/**
 * @param {string} text
 * @param {Record<string, string | number>} holes
 */
export const fill = (text, holes) => text.replace(/\{(\w+)\}/g, (hole, name) => String(holes[name] ?? hole));
