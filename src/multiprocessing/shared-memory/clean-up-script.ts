/**
 * Removes the blocks of a program that has ended, as a shell does it, which outlives the program (rules 6 and 7).
 *
 * @module
 */
import { listPrefix } from "../program.js";

/**
 * The function `clean_up LIST DEAD`, with `" 1 2 "` for processes that have ended though the system may still list
 * them. It does nothing while the main process of the program lives.
 */
export const cleanUpScript = `
PATH=/bin:/usr/bin:$PATH
lives() {
  if [ -e /proc/self/stat ]; then
    { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 1
    set -- "$1" "$2" \${stat##*) }
    case $3 in Z | X) return 1 ;; esac
    [ -z "\${22}" ] || [ "\${22}" = "$2" ]
  else
    kill -0 "$1" 2>/dev/null
  fi
}
clean_up() {
  cd "$1" 2>/dev/null || return 0
  list=$1
  dead=$2
  main=\${list##*/${listPrefix}}
  main=\${main#*-}
  case $dead in *" \${main%%-*} "*) ;; *) if lives "\${main%%-*}" "\${main#*-}"; then return 0; fi ;; esac
  for entry in *; do
    [ -e "$entry" ] || continue
    pid=\${entry%%.*} rest=\${entry#*.}
    start=\${rest%%.*} rest=\${rest#*.}
    inode=\${rest%%.*} name=\${rest#*.}
    case $dead in *" $pid "*) ;; *) if lives "$pid" "$start"; then continue; fi ;; esac
    set -- $(ls -di "../$name" 2>/dev/null)
    [ "$1" = "$inode" ] && rm -f "../$name"
    rm -f "$entry"
  done
  cd ..
  rmdir "$list" 2>/dev/null
}
`;
