// node .ci/results.mjs files RESULTS          the files of which something failed, a line each
// node .ci/results.mjs sum RESULTS [AGAIN]    "passed failed", then a line for each test that failed
//                                             or that held only when its file was run again
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const [what, first, again] = process.argv.slice(2);
const outcomes = read(first);
if (what === "files") {
  const failed = outcomes.filter(({ passed }) => !passed).map(({ file }) => file);
  for (const file of new Set(failed)) print(file);
} else {
  const second = again !== undefined && existsSync(again) ? read(again) : [];
  const heldAgain = (outcome) =>
    second.some(({ key, passed }) => passed && key === outcome.key) ||
    // A file that could not be loaded has no test names to compare.
    (outcome.isFile &&
      second.some(({ file, passed }) => file === outcome.file && passed) &&
      second.every(({ file, passed }) => file !== outcome.file || passed));
  const failed = outcomes.filter((outcome) => !outcome.passed && !heldAgain(outcome));
  const late = outcomes.filter((outcome) => !outcome.passed && heldAgain(outcome));
  const held = outcomes.filter(({ passed }) => passed).length + late.length;
  print(`${held} ${failed.length}`);
  for (const { key, said } of late) print(`~ ${key}: held only at the second try; first: ${said}`);
  for (const { key, said } of failed) print(`✗ ${key}: ${said}`);
}

function read(path) {
  const { testResults } = JSON.parse(readFileSync(path, "utf8"));
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const tests = assertionResults
      .filter((test) => ["passed", "failed"].includes(test.status))
      .map((test) => ({
        file,
        key: `${file} › ${test.fullName}`,
        passed: test.status === "passed",
        said: head((test.failureMessages ?? []).join(" ")),
      }));
    const isUnloaded = status === "failed" && tests.every(({ passed }) => passed);
    return isUnloaded
      ? [...tests, { file, key: file, isFile: true, passed: false, said: head(message) }]
      : tests;
  });
}

function head(text) {
  return text.replace(/\s+/g, " ").slice(0, 400);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
