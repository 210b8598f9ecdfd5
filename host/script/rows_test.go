package script_test

import (
	"strings"
	"testing"
)

// What the interpreter of this version is known to get wrong, or cannot do, and
// what makes a handler differ from run to run: the section of testdata/refused
// that shows the refusal, and words of the advice. A row without words is about
// what is right, and its section is in testdata/same.
var known = []struct{ row, section, advice string }{
	// Compiles, and does something else.
	{"func in a loop, by range and by counting", "loops_closures/kept", "a function of its own that gets name as an argument"},
	{"func in a loop, with v := v", "loops_closures/registered_in_loop", "a function of its own that gets tag"},
	{"func in a loop, by a conversion", "loops_closures/converted", "a function of its own that gets v"},
	{"method value in a loop", "loops_closures/method_values", "a function of its own that gets j"},
	{"func in a loop that the round ends with", "loops/local_closure_called", ""},
	{"method value, and its receiver is assigned", "closures/method_value_4", "assign before"},
	{"defer with arguments", "loops_closures/deferred_arguments", "7:20: defer with an argument"},
	{"defer with arguments in a loop", "loops_closures/deferred_arguments", "11:19: defer with an argument"},
	{"defer without arguments", "closures/defer_closure", ""},
	{"defer of a func variable", "closures/defer_func_var", "write defer func() { ... }()"},
	{"break and continue within select", "waiting/select_loop", "use c.SetTimer and p.OnTimer"},
	{"one select by two goroutines", "waiting/goroutine", "call the function, or use c.SetTimer"},
	{"for with variables and no condition", "language/endless_for", "declare them before the loop"},
	{"errors.Is of an own type, Unwrap", "language/errors_is_own", `use var ErrX = errors.New("x")`},
	{"errors.Is of a sentinel", "library/error_wrap", ""},
	{"errors.As", "language/errors_as", "use a sentinel"},
	{"nil of an own type as an error", "language/typed_nil", `use var ErrX = errors.New("x")`},
	{"JSON of embedded structs", "json_print/json_structs", "give it a name"},
	{"JSON of unexported fields", "json_print/json_structs", "export it, or add `json:\"-\"`"},
	{"MarshalJSON within", "json_print/json_methods", "convert by hand"},
	{"String within", "json_print/stringer", "print the parts one by one"},
	{"%d of a type with String", "json_print/stringer", "convert it first, such as int(x)"},
	{"%T", "determinism/addresses", "print something else"},
	{"new(42)", "language/newer", "14:7: new(42) requires go1.26"},
	{"recover of the runtime's errors", "waiting/recovering", "check the value before it is used"},
	{"parameters without names", "language/nameless_parameters", "write _ before its type"},
	{"several values at once, one of another", "assignments/tuple_call1", "variables of their own first"},
	{"named results of each other", "assignments/named_swap", "another variable first"},
	{"variables in another order", "constants/pkg_order", "move c up"},
	// Panics.
	{"return <-ch", "waiting/channel", "use a slice"},
	{"error(x), Own(x)", "structs/conv_iface_call", "write var v I = x"},
	{"x.(Interface)", "interfaces/assert_own_iface_from_any", "ask for the types that it can be"},
	{"x.(fmt.Stringer)", "interfaces/assert_iface_stringer", "ask for the types that it can be"},
	{"method expression", "language/method_expression", "write func(x T)"},
	{"func type that names itself", "language/state_funcs", "and a switch"},
	{"generic alias", "language/generic_alias", "3:11: generic type alias requires go1.23"},
	{"generic func with another result", "values/generic_map", "write it out for the types that you use"},
	{"generic type within another", "values/generic_pair", "write it out for the types that you use"},
	{"field of a variadic func type", "language/variadic_field", "let the func take a slice"},
	{"embedded interface", "interfaces/embed_iface", "give the field a name"},
	// Is not there.
	{"range over a number", "language/newer", "6:17: cannot range over 10"},
	{"range over a func", "language/newer", "9:17: cannot range over"},
	{"min, max, clear", "language/newer", "13:25: built-in max requires go1.21"},
	{"slices, maps, cmp, iter", "imports/others", "write a loop, or use package sort"},
	{"newer functions of old packages", "language/newer_library", "undefined: strings.SplitSeq"},
	{"math/rand/v2", "imports/others", `"math/rand/v2" is not allowed: it gives other numbers on every retry; use c.Rand()`},
	{"text/template", "imports/others", "build texts with strings or fmt.Sprintf"},
	{"sync.OnceValue, atomic.Pointer", "waiting/locks", "a handler runs alone"},
	{"complex numbers", "language/complex_numbers", "use two float64"},
	{"goto", "language/goto_loop", "write a for loop"},
	// Leaves the process, or tries to.
	{"os, net, syscall, unsafe, reflect, runtime, plugin", "imports/files_and_network", "remember things in c.State()"},
	{"cgo", "language/cgo", "the interpreter knows no cgo"},
	{"linkname and embed", "language/directives", "//go:linkname: the interpreter knows no compiler directives; remove it"},
	{"the interpreter's own packages", "imports/elsewhere", `import "github.com/traefik/yaegi/interp" is not allowed`},
	{"assignment to the library's variables", "determinism/local", "assignment to time.Local: it belongs to another package"},
	{"the host's side of the sdk", "imports/host_side", "each kind of event has a verb of its own"},
	// Differs from run to run.
	{"range over a map", "determinism/map_order", "range over sdk.Keys(m)"},
	{"assignment outside the handler", "determinism/remembering", "40:3: assignment to n"},
	{"assignment to a variable of the package", "determinism/remembering", "38:3: assignment to total"},
	{"assignment by a method of a handler's receiver", "determinism/remembering", "11:2: assignment to what b points to"},
	{"assignment by a function", "determinism/remembering", "45:9: tally writes to byWord"},
	{"assignment by the library", "determinism/remembering_by_library", "WriteString writes to b"},
	{"assignment by another name", "determinism/remembering_by_another_name", "assignment to byName"},
	{"a source of chance that is kept", "determinism/remembering_by_library", "use c.Rand()"},
	{"time", "determinism/now", "use c.Now()"},
	{"waiting", "determinism/wait", "use c.SetTimer and p.OnTimer"},
	{"the machine's time zone", "determinism/local", "use time.UTC or time.LoadLocation"},
	{"chance", "determinism/chance", "use c.Rand()"},
	{"addresses", "determinism/addresses", "print the parts that matter"},
}

func TestEachKnownFaultIsRefusedWithAdvice(t *testing.T) {
	refused, same := sections(t, "refused", ".go"), sections(t, "same", ".go")
	for _, k := range known {
		src, ok := refused[k.section]
		if k.advice == "" {
			src, ok = same[k.section]
		}
		says := faults(src)
		switch {
		case !ok:
			t.Errorf("%s: there is no section %s", k.row, k.section)
		case k.advice == "" && says != "":
			t.Errorf("%s: the gate says %s", k.row, says)
		case !strings.Contains(says, k.advice):
			t.Errorf("%s: the gate says\n%s\nwant %q", k.row, says, k.advice)
		}
	}
}
