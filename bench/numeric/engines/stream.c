/* The triad of STREAM on all cores, a[i] = b[i] + 3 * c[i]: the best time in microseconds. Arguments: elements, rounds. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 3) return 1;
  const long n = atol(argv[1]);
  const int rounds = atoi(argv[2]);
  double *a = malloc(n * sizeof(double));
  double *b = malloc(n * sizeof(double));
  double *c = malloc(n * sizeof(double));
  if (!a || !b || !c) return 1;
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++) {
    a[i] = 0;
    b[i] = i;
    c[i] = 2;
  }
  double best = 1e30;
  for (int round = 0; round < rounds; round++) {
    const double start = omp_get_wtime();
#pragma omp parallel for schedule(static)
    for (long i = 0; i < n; i++) a[i] = b[i] + 3 * c[i];
    const double time = omp_get_wtime() - start;
    if (time < best) best = time;
  }
  if (a[n - 1] != n + 5) return 1;
  printf("%.1f\n", best * 1e6);
  return 0;
}
