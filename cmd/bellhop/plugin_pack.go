package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/bundle"
)

func packCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "pack DIR",
		Short: "Make one file of a plugin, to be installed elsewhere",
		Long: `Check a plugin as ` + "`bellhop plugin check`" + ` does and make a bundle of it: a zip file
that holds the plugin and, in SHA256SUMS, a hash of each file. The same folder makes
the same bytes.`,
		Example: "  bellhop plugin pack greeter\n  bellhop plugin install greeter-0.1.0.bhp",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if _, err := readPluginDir(a[0]); err != nil {
				return err
			}
			p, err := openParcel(cmd.Context(), cmd.OutOrStdout(), a[0])
			if err != nil {
				return err
			}
			packed, err := p.all.Pack()
			if err != nil {
				return err
			}
			if to == "" {
				to = p.ID + "-" + p.Version + bundle.Ext
			}
			if err := os.WriteFile(to, packed, 0o644); err != nil {
				return fmt.Errorf("write bundle: %w", err)
			}
			if len(p.leftOut) > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "left out, as no part of a plugin: %s\n", plainly(strings.Join(p.leftOut, ", ")))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, %d bytes, sha256 %s\n", to, count(len(p.all), "file"), len(packed), p.all.Sum())
			return err
		},
	}
	cmd.Flags().StringVar(&to, "out", "", "file to write, instead of ID-VERSION"+bundle.Ext)
	return cmd
}
