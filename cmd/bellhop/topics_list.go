package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/model"
)

// shelfFlags has the command say in which data folder the topics are that were
// learned from chats.
func shelfFlags(cmd *cobra.Command, d *desk) {
	cmd.Flags().StringVar(&d.file, "config", "config.yaml", "configuration file, for the data folder that it names")
	d.flag = "--folder"
	cmd.Flags().StringVar(&d.data, "folder", "", "data folder, instead of the configuration's")
}

func shelfOf(d *desk) (*model.Shelf, error) {
	data, _, err := d.folder()
	return model.NewShelf(data), err
}

func topicsListCommand() *cobra.Command {
	var d desk
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the versions of the topics that the workspace's chats taught",
		Long: `List the versions of the topics that were learned from the workspace's chats. The
figures are those of cross-validation: how often the likeliest topic was right, how
many chats were told one, and how often that was right.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := shelfOf(&d)
			if err != nil {
				return err
			}
			all, err := s.Versions()
			switch {
			case err != nil:
				return err
			case asJSON:
				return printJSON(cmd.OutOrStdout(), append([]model.Version{}, all...))
			}
			return tellVersions(cmd.OutOrStdout(), all)
		},
	}
	shelfFlags(cmd, &d)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func tellVersions(out io.Writer, all []model.Version) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "no topics were learned from chats yet: bellhop topics train")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tLEARNED\tCHATS\tTOPICS\tRIGHT\tTOLD\tOF THESE RIGHT\t")
	for _, v := range all {
		remark := v.NotInUse
		if v.InUse {
			remark = "in use"
		}
		fmt.Fprintf(w, "%d\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", v.Number, v.Made.Local().Format("2 Jan 2006 15:04"), v.Texts, v.Topics,
			percent(v.Right, v.Texts), percent(v.Told, v.Texts), percent(v.ToldTrue, v.Told), remark)
	}
	return w.Flush()
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

func topicsUseCommand() *cobra.Command {
	var d desk
	cmd := &cobra.Command{
		Use:   "use VERSION|newest",
		Short: "Use another version of the topics, and keep to it",
		Long: `Use another version of the topics that were learned from the workspace's chats. A
running host does so at once. What is learned later is kept, and not used, until
"bellhop topics use newest".`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			n := 0
			if a[0] != "newest" {
				var err error
				if n, err = strconv.Atoi(a[0]); err != nil || n < 1 {
					return &usageError{cmd, fmt.Errorf("%q is no version: write a number that bellhop topics list shows, or newest", a[0])}
				}
			}
			s, err := shelfOf(&d)
			if err != nil {
				return err
			}
			return use(cmd.OutOrStdout(), s, n)
		},
	}
	shelfFlags(cmd, &d)
	return cmd
}

func topicsRollbackCommand() *cobra.Command {
	var d desk
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Use the version of the topics that was used before",
		Long: `Use the version of the topics that was used before the present one, and keep to it
until "bellhop topics use newest".`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := shelfOf(&d)
			if err != nil {
				return err
			}
			n, err := s.Former()
			if err != nil {
				return err
			}
			return use(cmd.OutOrStdout(), s, n)
		},
	}
	shelfFlags(cmd, &d)
	return cmd
}

func use(out io.Writer, s *model.Shelf, n int) error {
	v, err := s.Use(n)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "version %d of the topics is in use: %d topics from %d chats", v.Number, v.Topics, v.Texts)
	if n != 0 {
		fmt.Fprint(out, "; what is learned later is used after `bellhop topics use newest`")
	}
	fmt.Fprintln(out)
	return nil
}
