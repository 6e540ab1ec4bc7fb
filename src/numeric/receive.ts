/**
 * What has to be loaded for the objects of this chapter to arrive: the build puts it into the text that workers of a
 * bundled program are started from. Elsewhere a worker imports the whole chapter when one arrives.
 *
 * @module
 */
import "./array/ndarray.js";
