// A scalar product and a product of matrices by the system's BLAS (OpenBLAS, Accelerate, BLIS …), in place.
// Run it with `node examples/native/blas.mjs` after `npm run build`, where koffi and a BLAS are installed.
import { findBlas } from "ungil/native";

const blas = findBlas();
if (!blas) {
  console.log(
    "skipped: there is no BLAS here; on Debian `apt-get install libopenblas0-pthread` installs one",
  );
} else {
  console.log(`${blas.name} ${blas.version ?? ""}`.trim());

  const ddot = blas.library.func(
    "double cblas_ddot(int n, const double *x, int incx, const double *y, int incy)",
  );
  console.log(`ddot: ${ddot(3, new Float64Array([1, 2, 3]), 1, new Float64Array([4, 5, 6]), 1)}`);

  // a times b, where b is the identity: off the event loop
  const n = 500;
  const a = Float64Array.from({ length: n * n }, (_, at) => at);
  const b = new Float64Array(n * n);
  for (let row = 0; row < n; row++) b[row * n + row] = 1;
  const c = new Float64Array(n * n);
  await blas.dgemm.submit({ m: n, n, k: n, a, b, c });
  console.log(`dgemm: ${c.every((each, at) => each === a[at])}`);
}
