package script

import (
	"reflect"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"
	"github.com/traefik/yaegi/stdlib/syscall"
	"github.com/traefik/yaegi/stdlib/unrestricted"
	"github.com/traefik/yaegi/stdlib/unsafe"
)

// Check lets everything pass. The real one is called checked here.
func Check(map[string][]byte) Report { return Report{} }

// exports are all symbols that there are, and sdk. The real ones are called
// listed here.
func exports() interp.Exports {
	all := interp.Exports{}
	for _, symbols := range []map[string]map[string]reflect.Value{stdlib.Symbols, syscall.Symbols, unrestricted.Symbols, unsafe.Symbols} {
		for path, named := range symbols {
			if all[path] == nil {
				all[path] = map[string]reflect.Value{}
			}
			for name, v := range named {
				all[path][name] = v
			}
		}
	}
	all["fmt/./fmt"] = all["fmt/fmt"]
	delete(all, "fmt/fmt")
	const sdk = sdkPath + "/./sdk"
	all[sdk] = listed()[sdk]
	return all
}
