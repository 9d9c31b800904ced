#include "plastic/report/html.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

// The bytes of a file, put into the program by the assembler.
#define PLASTIC_EMBED(NAME, FILE)                                                                    \
  asm(".section .rodata\n" #NAME "_begin:\n.incbin \"" FILE "\"\n" #NAME "_end:\n.byte 0\n.text\n"); \
  extern "C" const char NAME##_begin[], NAME##_end[]

PLASTIC_EMBED(plastic_report_css, PLASTIC_REPORT_CSS);
PLASTIC_EMBED(plastic_report_js, PLASTIC_REPORT_JS);
PLASTIC_EMBED(plastic_plotly_js, PLASTIC_PLOTLY_JS);

namespace plastic {

namespace {

// JSON inside a script element: no "<" may end it. What is no UTF-8 in a name is replaced.
std::string script_data(const nlohmann::json& document) {
  const std::string text = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text)
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  return safe;
}

}  // namespace

std::string html_page(const nlohmann::json& document, int reload) {
  const std::string_view css(plastic_report_css_begin, plastic_report_css_end),
      js(plastic_report_js_begin, plastic_report_js_end),
      plotly(plastic_plotly_js_begin, plastic_plotly_js_end);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Plastic: report</title>\n<style>\n{}</style>\n</head>\n<body data-reload=\"{}\">\n"
      "<script type=\"application/json\" id=\"document\">{}</script>\n"
      "<script>{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
      css, reload, script_data(document), plotly, js);
}

}  // namespace plastic
