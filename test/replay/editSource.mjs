/**
 * A webpack loader that changes a module on its way into a bundle, so that tests have other code than the repository's without a copy
 * of it. Options: `{ edits: { 'case/steps.ts': [[from, to], …] } }`; what is to be replaced must be there once.
 */
function editSource(source) {
  const file = Object.keys(this.getOptions().edits).find((name) => this.resourcePath.endsWith(`/${name}`));
  if (file === undefined) return source;
  let edited = source;
  for (const [from, to] of this.getOptions().edits[file]) {
    if (edited.split(from).length !== 2) throw new Error(`${file} has not once: ${from}`);
    edited = edited.replace(from, () => to);
  }
  return edited;
}

export default editSource;
