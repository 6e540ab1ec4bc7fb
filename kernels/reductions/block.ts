/** Elements of a block: each is reduced by itself, whoever does it, and their results are combined in a fixed order. */
export const BLOCK: usize = 8192;

/** Elements of float32 whose sum is made in float32, 16 in each lane. */
export const SUB_BLOCK: usize = 512;
