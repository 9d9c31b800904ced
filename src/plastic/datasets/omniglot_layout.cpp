#include "plastic/datasets/omniglot.h"

namespace plastic {

const OmniglotLayout& omniglot_layout() {
  constexpr Split train = Split::train, validation = Split::validation, test = Split::test;
  static const OmniglotLayout layout = {
      {{"images_background",
        {{"Alphabet_of_the_Magi", 20, 709, train},
         {"Anglo-Saxon_Futhorc", 29, 296, train},
         {"Arcadian", 26, 1, train},
         {"Armenian", 41, 27, train},
         {"Asomtavruli_(Georgian)", 40, 68, train},
         {"Balinese", 24, 108, train},
         {"Bengali", 46, 132, train},
         {"Blackfoot_(Canadian_Aboriginal_Syllabics)", 14, 178, train},
         {"Braille", 26, 192, train},
         {"Burmese_(Myanmar)", 34, 770, train},
         {"Cyrillic", 33, 218, train},
         {"Early_Aramaic", 22, 251, validation},
         {"Futurama", 26, 325, train},
         {"Grantha", 43, 351, train},
         {"Greek", 24, 394, train},
         {"Gujarati", 48, 418, train},
         {"Hebrew", 22, 466, validation},
         {"Inuktitut_(Canadian_Aboriginal_Syllabics)", 16, 540, validation},
         {"Japanese_(hiragana)", 52, 488, train},
         {"Japanese_(katakana)", 47, 596, train},
         {"Korean", 40, 643, train},
         {"Latin", 26, 683, train},
         {"Malay_(Jawi_-_Arabic)", 40, 556, train},
         {"Mkhedruli_(Georgian)", 41, 729, train},
         {"N_Ko", 33, 804, train},
         {"Ojibwe_(Canadian_Aboriginal_Syllabics)", 14, 837, train},
         {"Sanskrit", 42, 851, train},
         {"Syriac_(Estrangelo)", 23, 273, train},
         {"Tagalog", 17, 893, validation},
         {"Tifinagh", 55, 910, train}}},
       {"images_evaluation",
        {{"Angelic", 20, 965, test},         {"Atemayar_Qelisayer", 26, 985, test},
         {"Atlantean", 26, 1011, test},      {"Aurek-Besh", 26, 1037, test},
         {"Avesta", 26, 1063, test},         {"Ge_ez", 26, 1089, test},
         {"Glagolitic", 45, 1115, test},     {"Gurmukhi", 45, 1160, test},
         {"Kannada", 41, 1205, test},        {"Keble", 26, 1246, test},
         {"Malayalam", 47, 1272, test},      {"Manipuri", 40, 1319, test},
         {"Mongolian", 30, 1359, test},      {"Old_Church_Slavonic_(Cyrillic)", 45, 1389, test},
         {"Oriya", 46, 1434, test},          {"Sylheti", 28, 1503, test},
         {"Syriac_(Serto)", 23, 1480, test}, {"Tengwar", 25, 1531, test},
         {"Tibetan", 42, 1556, test},        {"ULOG", 26, 1598, test}}}}};
  return layout;
}

}  // namespace plastic
