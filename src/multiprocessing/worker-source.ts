/**
 * The worker's entry file with all it needs, as one text: for programs that were bundled, where the file
 * itself is not there. The build puts the real text in this module's place.
 *
 * @module
 */
export const workerSource = "";
