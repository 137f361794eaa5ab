/**
 * Completions for shells. All ask vimto itself, `vimto completions answer -- WORDS`, so that they know what
 * this vimto knows; a script does what its shell alone can.
 */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** Bash splits words at = and : too (COMP_WORDBREAKS); what it splits is joined, and offers are cut there. */
const bash = `# bash completion for vimto
_vimto() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() index word blanks
  for ((index = 0; index <= COMP_CWORD; index++)); do
    blanks=\${rest%%[![:space:]]*}
    rest=\${rest#"$blanks"}
    word=\${COMP_WORDS[index]}
    [[ $word != "$rest"* ]] || word=$rest
    rest=\${rest#"$word"}
    if ((index == 0)) || [[ -n $blanks ]]; then
      words+=("$word")
    else
      words[-1]+=$word
    fi
  done
  local current=\${words[-1]} answer kind offer
  mapfile -t answer < <("\${words[0]}" completions answer -- "\${words[@]:1}" 2>/dev/null)
  kind=\${answer[0]-}
  local value=$current before=
  if [[ $current == -*=* ]]; then
    value=\${current#*=}
    before=\${current%"$value"}
  fi
  COMPREPLY=()
  for offer in "\${answer[@]:1}"; do
    offer=\${offer%%$'\\t'*}
    [[ $offer != "$current"* ]] || COMPREPLY+=("$offer")
  done
  local found=()
  case $kind in
    files) compopt -o filenames && mapfile -t found < <(compgen -f -- "$value") ;;
    directories) compopt -o filenames && mapfile -t found < <(compgen -d -- "$value") ;;
    users) mapfile -t found < <(compgen -u -- "$value") ;;
    "command "*)
      # How many of the words of bash belong to vimto, which may be more than ours.
      if declare -F _command_offset >/dev/null; then
        local skipped=0 joined=0
        rest=$COMP_LINE
        for ((skipped = 0; skipped < \${#COMP_WORDS[@]}; skipped++)); do
          blanks=\${rest%%[![:space:]]*}
          rest=\${rest#"$blanks"}
          rest=\${rest#"\${COMP_WORDS[skipped]}"}
          ((skipped == 0)) || [[ -z $blanks ]] || joined=$((joined + 1))
          ((joined <= \${kind#* })) || break
        done
        _command_offset "$skipped"
        return
      elif ((\${#words[@]} - 2 == \${kind#* })); then
        mapfile -t found < <(compgen -c -- "$current")
      else
        compopt -o filenames
        mapfile -t found < <(compgen -f -- "$current")
      fi
      ;;
  esac
  COMPREPLY+=("\${found[@]/#/$before}")
  if [[ $current == *[=:]* ]]; then
    local cut=\${current%"\${current##*[=:]}"}
    [[ $COMP_WORDBREAKS == *:* ]] || cut=\${current%"\${current##*=}"}
    COMPREPLY=("\${COMPREPLY[@]#"$cut"}")
  fi
}
complete -F _vimto vimto
`;

const zsh = `#compdef vimto
# zsh completion for vimto
_vimto() {
  local -a answer offers
  local kind offer from
  answer=("\${(@f)$("\${(Q)words[1]}" completions answer -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  kind=$answer[1]
  for offer in "\${(@)answer[2,-1]}"; do
    offers+=("\${\${offer%%$'\\t'*}//:/\\\\:}:\${offer#*$'\\t'}")
  done
  if [[ $kind == command\\ * ]]; then
    from=\${kind#* }
    words=("\${(@)words[from+2,-1]}")
    ((CURRENT -= from + 1))
    _normal
    return
  fi
  local none=1
  if ((\${#offers})); then
    _describe -t values value offers && none=0
  fi
  [[ $PREFIX != -*=* ]] || compset -P '*='
  case $kind in
    files) _files && none=0 ;;
    directories) _files -/ && none=0 ;;
    users) _users && none=0 ;;
  esac
  return none
}
if [[ $funcstack[1] == _vimto ]]; then
  _vimto "$@"
else
  compdef _vimto vimto
fi
`;

const fish = `# fish completion for vimto
function __vimto_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] completions answer -- $words[2..] "$current" 2>/dev/null)
    printf '%s\\n' $answer[2..]
    set -l value (string replace -r -- '^-[^=]*=' '' "$current")
    set -l before (string sub -l (math (string length -- "$current") - (string length -- "$value")) -- "$current")
    switch "$answer[1]"
        case files
            printf "$before%s\\n" (complete -C "'' $value")
        case directories
            printf "$before%s\\n" (__fish_complete_directories "$value")
        case users
            printf "$before%s\\n" (__fish_complete_users)
        case 'command *'
            set -l from (math (string replace 'command ' '' -- $answer[1]) + 2)
            complete -C (string join ' ' -- (string escape -- $words[$from..]) "$current")
    end
end
complete -c vimto -f -a '(__vimto_complete)'
`;

export const completionScript = (shell: Shell): string => ({ bash, zsh, fish })[shell];
