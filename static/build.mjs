// Builds what browsers fetch: the style sheets, for each direction and size of print, the script and the mark, named by their content and compressed once.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import postcss from "postcss";
import rtlcss from "rtlcss";
import * as sass from "sass";
import { minify } from "terser";

const here = new URL("./", import.meta.url);
const source = new URL("src/", here);
const output = new URL("build/", here);
const read = (name) => readFileSync(new URL(name, source), "utf8");

// Text colour first, then what it stands on. A partnership may change its lake colours, never how well they are read.
const READ_TOGETHER = `
  ink white, ink paper, ink sand, ink sun-tint, ink lake-tint, ink leaf-tint, ink redway-tint, ink sun
  soft-ink white, soft-ink paper, soft-ink sand, soft-ink lake-tint
  deep-lake white, deep-lake sand, deep-lake lake-tint, lake white, lake paper, lake sand, lake lake-tint, lake sun-tint
  white ink, white lake, white deep-lake, white error, white leaf
  deep-redway redway-tint, plum paper, plum plum-tint, plum sand, leaf white, deep-leaf leaf-tint, deep-sun sun-tint
  error white, error paper, error error-tint
`.trim().split(/[,\n]\s*/).map((pair) => pair.trim().split(" "));

function tokens() {
  const found = read("_tokens.scss").matchAll(/^\$([a-z-]+): (#[0-9a-f]{6});/gm);
  return Object.fromEntries([...found].map(([, name, hex]) => [name, hex]));
}

function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function checkContrast() {
  const colours = tokens();
  const weak = READ_TOGETHER.filter(([text, ground]) => contrast(colours[text], colours[ground]) < 4.5);
  if (weak.length) throw new Error(`Cannot be read (contrast under 4.5): ${weak.map((pair) => pair.join(" on ")).join(", ")}`);
}

// Variants of GOV.UK parts that no page uses.
const UNUSED = /govuk-[a-z_-]*(--small|--inline|--inverse|--start|__conditional|__caption|-caption-|--xl|input--width-(3|5|20|30)|body-lead|__prefix|__suffix|input__wrapper|--extra-letter-spacing|--spaced|frontend-supported|__start-icon)|govuk-(radios|checkboxes|button)[a-z_-]*:?[^,]*(:disabled|\[disabled\])|govuk-button--disabled/;

// What GOV.UK parts do from a width on that large print never reaches (10000px in its sheet).
const NEVER = /min-width: ?625em/;

const dropUnused = (root) => {
  // One family is said once, on the body, and inherited: a part in another script then keeps its own.
  root.walkDecls(/^font-family$|font-smoothing$/, (declaration) => {
    if (declaration.parent.selector?.startsWith(".govuk-")) declaration.remove();
  });
  root.walkRules((rule) => {
    const kept = rule.selectors.filter((selector) => !UNUSED.test(selector));
    if (kept.length && rule.nodes.length) rule.selectors = kept;
    else rule.remove();
  });
  root.walkAtRules((rule) => {
    const isNever = NEVER.test(rule.params);
    if (isNever || (rule.nodes && !rule.nodes.length)) rule.remove();
  });
};

function styles(name) {
  const { css } = sass.compile(new URL(name, source).pathname, {
    loadPaths: [new URL("../node_modules", here).pathname],
    style: "compressed",
    charset: false,
  });
  // Old phones read plain colours, not variables with a fallback.
  return css.replace(/var\(--govuk-[a-z-]+, ?(#[0-9a-f]+)\)/g, "$1");
}

function save(name, text, manifest) {
  const body = Buffer.from(text);
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 10);
  const [, stem, type] = name.match(/^(.+)\.([a-z]+)$/);
  manifest[name] = `${stem}.${hash}.${type}`;
  const target = new URL(manifest[name], output);
  const compressed = gzipSync(body, { level: 9 });
  writeFileSync(target, body);
  writeFileSync(`${target.pathname}.gz`, compressed);
  writeFileSync(`${target.pathname}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  console.log(`${manifest[name]}  ${body.length} bytes, ${compressed.length} compressed`);
}

checkContrast();
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });

const manifest = {};
for (const name of ["app", "large", "work", "work-large", "kiosk", "calendar", "calendar-large", "poster"]) {
  const pruned = postcss([dropUnused]).process(styles(`${name}.scss`), { from: undefined }).css;
  save(`${name}.css`, pruned.replace(/\/\*!rtl:[^*]*\*\//g, ""), manifest);
  save(`${name}.rtl.css`, rtlcss.process(pruned), manifest);
}
for (const name of ["app.js", "kiosk.js"]) save(name, (await minify(read(name), { ecma: 5 })).code, manifest);
for (const name of ["offline.js", "passkeys.js", "sheet.js"]) save(name, (await minify(read(name), { ecma: 2018 })).code, manifest);
// Not made small: browsers compare it byte for byte, and whoever wonders what it keeps can read it.
save("kiosk-worker.js", read("kiosk-worker.js"), manifest);
save("mark.svg", read("mark.svg"), manifest);
writeFileSync(new URL("manifest.json", output), `${JSON.stringify(manifest, null, 2)}\n`);
