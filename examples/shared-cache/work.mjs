/** How many prime numbers are less than a number: what takes long enough to be remembered. */
export function primesBelow(n) {
  let count = n > 2 ? 1 : 0;
  for (let candidate = 3; candidate < n; candidate += 2) if (isPrime(candidate)) count++;
  return count;
}

function isPrime(odd) {
  for (let divisor = 3; divisor * divisor <= odd; divisor += 2) if (odd % divisor === 0) return false;
  return true;
}
