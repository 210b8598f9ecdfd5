package script

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"
)

// Schema says what settings look like: a JSON Schema, as far as settings need
// one. It is made from the type that the plugin gives to p.Settings, so that
// it is known before any of the plugin's code has run. Nothing is required:
// what settings do not name keeps the plugin's default.
type Schema struct {
	Type        string             // object, array, string, integer, number or boolean
	Format      string             // of a string: "duration" (such as 2m or 90s), "date-time", or ""
	Description string             // the doc comment; "" when there is none
	Properties  map[string]*Schema // of an object with fixed names
	Order       []string           // the names in the order of the source
	Values      *Schema            // of an object with any names: what each name holds
	Items       *Schema            // of an array
	OneOrMany   bool               // of an array: one of its items may stand for it
	Of          string             // the type of the SDK that an object has, such as "Rule"; "" means the plugin's own
}

// MarshalJSON gives JSON Schema (2020-12).
func (s *Schema) MarshalJSON() ([]byte, error) {
	if s.OneOrMany {
		many := *s
		many.OneOrMany, many.Description = false, ""
		return json.Marshal(described{Description: s.Description, AnyOf: []*Schema{s.Items, &many}})
	}
	d := described{Type: s.Type, Format: s.Format, Description: s.Description, Properties: s.Properties, Order: s.Order, Items: s.Items}
	switch {
	case s.Values != nil:
		d.Additional = s.Values
	case s.Type == "object":
		d.Additional = false
	}
	return json.Marshal(d)
}

type described struct {
	Type        string             `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Description string             `json:"description,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Order       []string           `json:"propertyOrder,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	AnyOf       []*Schema          `json:"anyOf,omitempty"`
}

// settings makes the schema of what p.Settings is called with.
func settings(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return
	}
	fn := g.callee(call)
	if fn == nil || fn.FullName() != "(*"+sdkPath+".Plugin).Settings" {
		return
	}
	t := g.info.TypeOf(call.Args[0])
	if t == nil {
		return
	}
	p, ok := t.Underlying().(*types.Pointer)
	if ok {
		_, ok = p.Elem().Underlying().(*types.Struct)
	}
	switch {
	case !ok:
		g.fault(call.Args[0].Pos(), "settings of type %s: give p.Settings a pointer to a struct, such as &s", g.typeText(t))
	case g.report.Settings != nil && !types.Identical(g.settingsType, p.Elem()):
		g.fault(call.Args[0].Pos(), "settings of a second type, %s: a plugin has one; put all into one struct", g.typeText(p.Elem()))
	default:
		g.settingsType = p.Elem()
		b := schemaBuilder{gate: g, docs: g.docs()}
		g.report.Settings = b.of(p.Elem(), call.Args[0].Pos())
	}
}

// schemaBuilder walks through a type.
type schemaBuilder struct {
	*gate
	docs   map[token.Pos]string
	around []*types.Named
}

// of is the schema of t, which stands at pos.
func (b *schemaBuilder) of(t types.Type, pos token.Pos) *Schema {
	t = types.Unalias(t)
	if named, ok := t.(*types.Named); ok {
		if s := known(named); s != nil {
			return s
		}
		for _, n := range b.around {
			if n == named {
				b.fault(named.Obj().Pos(), "%s contains itself: settings must end somewhere; use a list of names instead", named.Obj().Name())
				return &Schema{Type: "object"}
			}
		}
		b.around = append(b.around, named)
		defer func() { b.around = b.around[:len(b.around)-1] }()
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if kind := jsonKind(u); kind != "" && !isDuration(t) {
			return &Schema{Type: kind}
		}
	case *types.Pointer:
		return b.of(u.Elem(), pos)
	case *types.Slice:
		return &Schema{Type: "array", Items: b.of(u.Elem(), pos)}
	case *types.Map:
		if k, ok := u.Key().Underlying().(*types.Basic); ok && k.Kind() == types.String {
			return &Schema{Type: "object", Values: b.of(u.Elem(), pos)}
		}
	case *types.Struct:
		if b.isVisible(t, u) {
			return b.object(t, u)
		}
	}
	advice := "use texts, numbers, booleans, sdk.Duration, lists, maps with texts as keys, and structs of those"
	if isDuration(t) {
		advice = "people write 2m and not 120000000000; use sdk.Duration"
	}
	b.fault(pos, "settings of type %s: %s", b.typeText(t), advice)
	return &Schema{}
}

// known are types that read their own form of JSON.
func known(t *types.Named) *Schema {
	if t.Obj().Pkg() == nil {
		return nil
	}
	switch t.Obj().Pkg().Path() + "." + t.Obj().Name() {
	case sdkPath + ".Duration":
		return &Schema{Type: "string", Format: "duration"}
	case sdkPath + ".Names":
		return &Schema{Type: "array", Items: &Schema{Type: "string"}, OneOrMany: true}
	case "time.Time":
		return &Schema{Type: "string", Format: "date-time"}
	}
	return nil
}

func isDuration(t types.Type) bool { return types.TypeString(t, nil) == "time.Duration" }

func jsonKind(b *types.Basic) string {
	switch {
	case b.Info()&types.IsString != 0:
		return "string"
	case b.Info()&types.IsBoolean != 0:
		return "boolean"
	case b.Info()&types.IsInteger != 0 && b.Kind() != types.Uintptr:
		return "integer"
	case b.Info()&types.IsFloat != 0:
		return "number"
	}
	return ""
}

// isVisible reports whether all fields of a struct can be seen. The plugin's
// own are looked at one by one.
func (b *schemaBuilder) isVisible(t types.Type, u *types.Struct) bool {
	if !b.isHost(t) {
		return true
	}
	for i := range u.NumFields() {
		if f := u.Field(i); !f.Exported() || f.Embedded() {
			return false
		}
	}
	return true
}

func (b *schemaBuilder) object(t types.Type, u *types.Struct) *Schema {
	s := &Schema{Type: "object", Properties: map[string]*Schema{}}
	named, ok := t.(*types.Named)
	if ok {
		s.Description = b.docs[named.Obj().Pos()]
		if b.isHost(named) {
			s.Of = named.Obj().Name()
		}
	}
	for i := range u.NumFields() {
		f := u.Field(i)
		if !b.plainField(f, u.Tag(i)) {
			continue
		}
		name, _, _ := strings.Cut(reflect.StructTag(u.Tag(i)).Get("json"), ",")
		if name == "" {
			name = f.Name()
		}
		if s.Properties[name] != nil {
			b.fault(f.Pos(), "two fields are called %q in settings: give one of them another name", name)
		}
		one := *b.of(f.Type(), f.Pos())
		if doc := b.doc(named, f); doc != "" {
			one.Description = doc
		}
		s.Properties[name] = &one
		s.Order = append(s.Order, name)
	}
	return s
}

// doc is what stands in the source about a field.
func (b *schemaBuilder) doc(of *types.Named, f *types.Var) string {
	if of != nil && of.Obj().Pkg() != b.pkg {
		return sdkDocs()[of.Obj().Name()+"."+f.Name()]
	}
	return b.docs[f.Pos()]
}

// docs are the comments on types and fields, by where the name stands.
func (g *gate) docs() map[token.Pos]string {
	docs := map[token.Pos]string{}
	for _, f := range g.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.GenDecl:
				for _, s := range x.Specs {
					if t, ok := s.(*ast.TypeSpec); ok {
						docs[t.Name.Pos()] = comment(t.Doc, x.Doc, t.Comment)
					}
				}
			case *ast.Field:
				for _, name := range x.Names {
					docs[name.Pos()] = comment(x.Doc, x.Comment)
				}
			}
			return true
		})
	}
	return docs
}

// comment is the first that says something, as one paragraph.
func comment(groups ...*ast.CommentGroup) string {
	for _, c := range groups {
		if text := strings.Join(strings.Fields(c.Text()), " "); text != "" {
			return text
		}
	}
	return ""
}
