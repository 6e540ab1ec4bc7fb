/**
 * What has to be loaded for the objects of this chapter to arrive: the build puts it into the text that workers of a
 * bundled program are started from. Elsewhere it is a file of its own, which a worker imports when one arrives.
 *
 * @module
 */
import "./gil/checkpoint.js";
import "./gil/gil.js";
