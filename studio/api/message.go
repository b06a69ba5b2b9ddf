package api

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/ichimai/ichimai/studio"
)

// japanese gives huma's messages, which are in English, in Japanese. A verb of
// the English stands for the same place in the Japanese, in the same order.
var japanese = map[string]string{
	"validation failed":                                        "入力内容に誤りがあります。",
	"request body is required":                                 "リクエストの本文が必要です。",
	"unknown query parameter":                                  "不明なクエリーパラメーターです。",
	"required %s parameter is missing":                         "必須のパラメーターがありません（%s）。",
	"invalid integer":                                          "整数を指定してください。",
	"invalid float":                                            "数値を指定してください。",
	"invalid floating value":                                   "数値を指定してください。",
	"invalid boolean":                                          "trueまたはfalseを指定してください。",
	"invalid date/time for format %s":                          "日時の形式が正しくありません（%s）。",
	"unknown content type: %s":                                 "対応していない形式です（%s）。",
	"unable to marshal response":                               "指定された形式では応答できません。",
	validation.MsgUnexpectedProperty:                           "不明な項目です。",
	validation.MsgExpectedRFC3339DateTime:                      "RFC 3339形式の日時を指定してください。",
	validation.MsgExpectedRFC3339Date:                          "RFC 3339形式の日付を指定してください。",
	validation.MsgExpectedMatchAtLeastOneSchema:                "指定できる形式のいずれにも一致しません。",
	validation.MsgExpectedMatchExactlyOneSchema:                "指定できる形式のいずれにも一致しません。",
	validation.MsgExpectedBoolean:                              "trueまたはfalseを指定してください。",
	validation.MsgExpectedNumber:                               "数値を指定してください。",
	validation.MsgExpectedInteger:                              "整数を指定してください。",
	validation.MsgExpectedString:                               "文字列を指定してください。",
	validation.MsgExpectedArray:                                "配列を指定してください。",
	validation.MsgExpectedObject:                               "オブジェクトを指定してください。",
	validation.MsgExpectedArrayItemsUnique:                     "配列の要素が重複しています。",
	validation.MsgExpectedOneOf:                                "次のいずれかを指定してください：%s",
	validation.MsgExpectedMinimumNumber:                        "%v以上の数値を指定してください。",
	validation.MsgExpectedMaximumNumber:                        "%v以下の数値を指定してください。",
	validation.MsgExpectedMinLength:                            "%d文字以上で入力してください。",
	validation.MsgExpectedMaxLength:                            "%d文字以内で入力してください。",
	validation.MsgExpectedMinItems:                             "%d件以上指定してください。",
	validation.MsgExpectedMaxItems:                             "%d件以内で指定してください。",
	validation.MsgExpectedRequiredProperty:                     "必須項目%sがありません。",
	"expected at most one value, but received multiple values": "値は1つだけ指定してください。",
}

var verb = regexp.MustCompile(`%[svd]`)

// translation is one entry of japanese that has verbs.
type translation struct {
	english  *regexp.Regexp
	japanese string
}

var translations = func() (list []translation) {
	for en, ja := range japanese {
		if verb.MatchString(en) {
			pattern := "^" + verb.ReplaceAllString(regexp.QuoteMeta(en), "(.*)") + "$"
			list = append(list, translation{regexp.MustCompile(pattern), ja})
		}
	}
	return list
}()

// translate returns huma's message in a language.
func translate(message, lang string) string {
	if strings.HasPrefix(message, "json: ") || strings.Contains(message, "JSON input") || strings.HasPrefix(message, "invalid character") {
		return text{"this is not the JSON that was expected: " + message, "JSONの形式が正しくありません。"}.in(lang)
	}
	if lang != studio.LanguageJapanese {
		return message
	}
	if ja, ok := japanese[message]; ok && !verb.MatchString(message) {
		return ja
	}
	for _, t := range translations {
		if found := t.english.FindStringSubmatch(message); found != nil {
			i := 0
			return verb.ReplaceAllStringFunc(t.japanese, func(string) string { i++; return found[i] })
		}
	}
	return "値が正しくありません。"
}

// transform turns the errors that huma makes into Problems. The values that
// were sent are left out: one of them may be a password.
func (s *server) transform(ctx huma.Context, _ string, body any) (any, error) {
	model, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	v := visitOf(ctx.Context())
	lang := languageOf(v.request)
	p := s.problem(v.request, model.Status, codeOf(model.Status), translate(model.Detail, lang))
	for _, d := range model.Errors {
		if d != nil {
			p.Errors = append(p.Errors, ProblemDetail{Location: d.Location, Message: translate(d.Message, lang)})
		}
	}
	if len(p.Errors) == 1 && p.Errors[0].Location != "" {
		p.Field = p.Errors[0].Location[strings.LastIndex(p.Errors[0].Location, ".")+1:]
	}
	if model.Status >= http.StatusInternalServerError {
		s.Log.ErrorContext(ctx.Context(), "request failed", "error", model.Detail, "details", len(model.Errors), "request", v.id)
		p.Detail, p.Errors, p.Field = internalError.in(lang), nil, ""
	}
	setErrorHeaders(v.writer.Header(), p)
	return p, nil
}
