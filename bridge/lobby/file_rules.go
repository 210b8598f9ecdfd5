package lobby

import "strings"

// Settings about files. A limit of -1 is none, and an empty list of types takes
// all.
const (
	setFiles         = "FileUpload_Enabled"
	setFilesDirect   = "FileUpload_Enabled_Direct"
	setFilesProtect  = "FileUpload_ProtectFiles"
	setFilesMaxSize  = "FileUpload_MaxFileSize"
	setFilesTaken    = "FileUpload_MediaTypeWhiteList"
	setFilesNotTaken = "FileUpload_MediaTypeBlackList"
)

// fileSettings are those of a new workspace.
func fileSettings() map[string]any {
	return map[string]any{
		setFiles: true, setFilesDirect: true, setFilesProtect: true, setFilesMaxSize: 104857600.0, setFilesTaken: "", setFilesNotTaken: "image/svg+xml",
	}
}

// mayUpload is the server's validateFileUpload.
func (t *tx) mayUpload(r *room, f *upload) error {
	refuse := func(code, reason string) error { return meteor(code, reason, in("UploadFS")) }
	switch most := t.number(setFilesMaxSize); {
	case !t.on(setFiles):
		return refuse("error-file-upload-disabled", "File uploads are disabled.")
	case r.T == "d" && !t.on(setFilesDirect):
		return refuse("error-direct-message-file-upload-not-allowed", "File sharing not allowed in direct messages.")
	case most > -1 && len(f.data) > most:
		return refuse("error-file-too-large", "File exceeds allowed size of bytes.")
	case !t.takesType(f.Type):
		return refuse("error-invalid-file-type", "File type is not accepted.")
	}
	return nil
}

func (w *world) takesType(kind string) bool {
	taken, _ := w.settings[setFilesTaken].(string)
	not, _ := w.settings[setFilesNotTaken].(string)
	return (taken == "" || listsType(taken, kind)) && !listsType(not, kind)
}

// listsType reads a list such as "image/*,application/pdf".
func listsType(list, kind string) bool {
	for _, l := range strings.Split(list, ",") {
		l = strings.TrimSpace(l)
		group, all := strings.CutSuffix(l, "/*")
		if l != "" && (l == kind || all && strings.HasPrefix(kind, group+"/")) {
			return true
		}
	}
	return false
}
