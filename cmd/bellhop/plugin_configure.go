package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/script"
)

func configureCommand() *cobra.Command {
	var d desk
	var file string
	var unset []string
	cmd := &cobra.Command{
		Use:   "configure INSTANCE [NAME=VALUE ...]",
		Short: "Change an instance's settings, or list what can be set",
		Long: `Change settings of an instance. Names may lead into lists and names within:
rules[0].to.department=Billing. A value is YAML, so [a, b] is a list. The plugin is
loaded with the new settings first; if it does not load, nothing is changed. Without
changes, the settings that there are are listed, with what they mean.`,
		Example: "  bellhop plugin configure transcript\n  bellhop plugin configure transcript 'copies=[desk@example.com]'\n  bellhop plugin configure forwarding --file rules.yaml",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			t, err := d.instance(a[0])
			if err != nil {
				return err
			}
			if len(a) == 1 && file == "" && len(unset) == 0 {
				lines(cmd.OutOrStdout(), "settings of "+t.plugin.ID+":", settingLines(script.Check(t.plugin.files).Settings))
				return t.show(cmd)
			}
			if t.file.Settings, err = changed(t, file, a[1:], unset); err != nil {
				return err
			}
			if err := d.tryInstance(cmd.Context(), t.plugin, t.file); err != nil {
				return fmt.Errorf("%w\nnothing is changed", err)
			}
			if err := t.save(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s has new settings\n", t.name)
			return err
		},
	}
	d.flags(cmd)
	cmd.Flags().StringVar(&file, "file", "", "file with all settings (YAML), instead of those that are there")
	cmd.Flags().StringArrayVar(&unset, "unset", nil, "name whose value goes back to the plugin's default")
	return cmd
}

// changed are the settings with a file's in their place and some set.
func changed(t tried, file string, set, unset []string) (json.RawMessage, error) {
	settings := t.file.Settings
	if settings == nil {
		settings = t.plugin.Defaults
	}
	if file != "" {
		var err error
		if settings, err = readSettings(file); err != nil {
			return nil, err
		}
	}
	all := map[string]any{}
	if len(settings) > 0 {
		if err := exactly(settings, &all); err != nil {
			return nil, err
		}
	}
	for _, name := range unset {
		if _, there := all[name]; !there {
			return nil, fmt.Errorf("unset %s: it is not set: set are %s", name, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
		}
		delete(all, name)
	}
	var v any = all
	for _, s := range set {
		name, text, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("set %s: write it as NAME=VALUE", s)
		}
		value, err := yamlValue(text)
		if err == nil {
			v, err = put(v, steps(name), value)
		}
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
	}
	return json.Marshal(v)
}

// yamlValue reads one value.
func yamlValue(text string) (any, error) {
	object, err := config.ParseSettings("value: "+text, 1)
	if err != nil {
		return nil, err
	}
	var v struct{ Value any }
	err = exactly(object, &v)
	return v.Value, err
}

// exactly reads JSON and keeps numbers as they are written: a long one is an id.
func exactly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// steps are the names and places of a path: rules[0].to is rules, 0, to.
func steps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// put puts a value into what v has at the path, and makes names that are not
// there.
func put(v any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch v := v.(type) {
	case map[string]any:
		below, err := put(v[path[0]], path[1:], value)
		v[path[0]] = below
		return v, err
	case []any:
		n, err := strconv.Atoi(path[0])
		if err != nil || n < 0 || n > len(v) {
			return v, fmt.Errorf("%q is no place of a list of %d: use 0 to %d, the last of which appends", path[0], len(v), len(v))
		}
		if n == len(v) {
			v = append(v, nil)
		}
		v[n], err = put(v[n], path[1:], value)
		return v, err
	case nil:
		if _, err := strconv.Atoi(path[0]); err == nil {
			return put([]any{}, path, value)
		}
		return put(map[string]any{}, path, value)
	}
	return v, fmt.Errorf("there is nothing within %v", v)
}
