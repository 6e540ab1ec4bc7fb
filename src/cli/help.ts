/** What `ungil --help` prints. */
export const programHelp = `ungil: every core for a TypeScript program

Usage: ungil COMMAND

Commands:
  map MODULE[#EXPORT] [RECORD…]             run a function for every record, on every core
  advise MODULE[#EXPORT] --sample FILE      measure how a function is best run, and say so
  lab                                       measure what locks do to threads here, and what to do about it

Options:
  -h, --help       this text; ungil COMMAND --help tells of a command
  -V, --version    the version of ungil
`;

/** What `ungil map --help` prints. */
export const mapHelp = `Runs a function for every record, on every core. Results go to stdout, all else to stderr.

Usage: ungil map MODULE[#EXPORT] [RECORD…] [options]

The task is a function fn(record, index), sync or async, exported by a .js, .mjs, .cjs, .ts or .mts
module; without #EXPORT its default export. Records are the arguments, or the lines of files or stdin.

  ungil map ./task.ts#size a.png b.png
  find . -name '*.png' -print0 | ungil map ./task.ts#size --input null > sizes.ndjson
  ungil map ./task.ts#load -a users.ndjson --joblog log.tsv     # again with --resume after a crash

Input
  -a, --input-file FILE   read records from FILE, - is stdin; may be given more than once
      --input FORMAT      auto (default: ndjson for .ndjson and .jsonl files, else lines), lines,
                          ndjson (records are parsed JSON values), null (ended by a zero byte);
                          records given as arguments are always strings
      --total N           number of records, for a percentage and the time left

Running
      --executor KIND     thread (default), process, async (event loop of one thread), inline (one at a time,
                          for debugging)
  -j, --jobs N            tasks at once: N, +N or -N from the number of cores, or a share such as 50%;
                          default 100% of the cores
      --chunksize N       records sent to a worker in one go; default auto
      --retries N         extra tries for a failed record (not total tries as in GNU parallel); default 0
      --backoff TIME      pause before a retry: 1s, or 100ms..10s to double it from one to the other
      --timeout TIME      limit of one try, such as 500ms, 30s, 5m
      --deadline TIME     limit of the whole run; then it ends with exit code 124
      --halt WHEN         never (default); soon or now, then ,fail=X ,fail=Y% ,success=X ,success=Y%
                          ,done=X or ,done=Y%. soon lets running records finish, now ends them

Output
      --output FORMAT     ndjson (default: one JSON value a line), json (one array), lines, none
  -k, --keep-order        results in the order of the records; also --ordered
      --unordered         results as they complete (default)
      --tag               each result with its record: {"i":0,"in":…,"out":…}
      --failed FILE       failed records with their errors as NDJSON to FILE instead of stderr

Job log
      --joblog FILE       append a line for each finished record: GNU parallel's columns, or NDJSON if
                          FILE ends in .ndjson
      --resume            leave out records that are in the job log
      --resume-failed     leave out records that went well according to the job log

Display
      --progress KIND     auto (default: bar on a terminal, else plain), bar, plain, json, none
  -q, --quiet             no progress and no summary; failures are still reported
      --dry-run           load the task, print the records that would run, and run nothing
  -h, --help              this text
  -V, --version           the version of ungil

Exit codes: 0 all went well, 1 to 100 the number of failed records, 101 more, 124 deadline,
130 and 143 ended by SIGINT and SIGTERM, 255 anything that kept the run from starting or going on.
The first Ctrl-C takes no more records and lets running ones finish; the second ends them.
`;

/** What `ungil advise --help` prints. */
export const adviseHelp = `Runs a function in every way there is, and says which one pays: a plain loop, the event loop, threads
or processes, with how many workers and in which chunks.

Usage: ungil advise MODULE[#EXPORT] --sample FILE [options]

The function is fn(item, index), sync or async, as of ungil map. It is called thousands of times, on samples
that stand for the real items in size and kind.

  ungil advise ./task.ts#parse --sample documents.ndjson
  ungil advise ./task.ts#resize --sample ./samples.ts#images --budget 30s --json

Samples
  -s, --sample FILE       at least 2 items: a JSON array (.json), JSON lines (.ndjson, .jsonl), or an export of a
                          module (MODULE#EXPORT: an array, or a function that answers with one)

Measuring
      --budget TIME       how long it may take, about: 10s by default; a longer one tells smaller gains from chance
      --timeout TIME      limit of one call; default 30s
  -j, --jobs N            most threads or processes that are tried: N, +N or -N from the number of cores, or a
                          share such as 50%; default 100% of the cores
      --in-flight N       most calls in flight on the event loop that are tried; default 64

Display
      --json              all that was measured, as JSON
  -q, --quiet             no progress
  -h, --help              this text
  -V, --version           the version of ungil

Exit codes: 0 advice was given, whatever it is; 1 the function throws on a sample; 124 it does not end on one
within --timeout; 130 and 143 ended by SIGINT and SIGTERM; 255 anything that kept it from starting.
`;
