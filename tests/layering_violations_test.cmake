# Writes a tree that breaks every rule of layering_test.cmake once, among files that hold, and wants each violation
# named, none other, and a failure.
#   cmake -D TREE=folder -P layering_violations_test.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${TREE})

set(expected)
macro(holds FILE TEXT)
  file(WRITE ${TREE}/${FILE} "${TEXT}")
endmacro()
macro(breaks FILE LINE TEXT WHAT)
  file(WRITE ${TREE}/${FILE} "${TEXT}")
  list(APPEND expected "${FILE}:${LINE}: ${WHAT}")
endmacro()

holds(apps/plastic/train.cpp "#include \"verbs.h\"\n#include \"plastic/kernels/products.h\"\n")
holds(src/plastic/kernels/products.cpp "#include \"plastic/base/views.h\"\n#include <Eigen/Core>\n#include <dnnl.h>\n")
holds(src/plastic/kernels/rows-inl.h "#include <hwy/highway.h>\n")
holds(src/plastic/rules/oja.cpp "// [;]\n\n#include \"plastic/kernels/rows-inl.h\"\n#include \"plastic/rules/oja.h\"\n")

breaks(tests/page_test.cpp 5 "\n\n\n\n\n" "more than 4 lines: is there a second thing in it?")
breaks(apps/plastic/play.cpp 1 "#include \"plastic/maths/learner.h\"\n" "apps may not include maths (plastic/maths/learner.h)")
breaks(python/src/module.cpp 2 "#include \"bindings.h\"\n#include \"plastic/maths/dual.h\"\n" "python may not include maths (plastic/maths/dual.h)")
breaks(src/plastic/base/random.cpp 3 "// [;]\n\n  #  include \"plastic/model/network.h\"\n"
       "base may not include model (plastic/model/network.h)")
breaks(src/plastic/kernels/products.h 1 "#include <dnnl.h>\n" "a header that others read may not include dnnl.h")
breaks(src/plastic/meta/adam.cpp 2 "#include <cmath>\n#include <Eigen/Core>\n" "only kernels may include Eigen/Core")
breaks(src/plastic/misc/strings.h 1 "" "module misc is not in the table of tests/layering_test.cmake")
breaks(src/plastic/model/network.cpp 1 "#include \"network.h\"\n" "write it as \"plastic/MODULE/file.h\" (network.h)")
breaks(src/plastic/rules/oja.h 1 "#include \"plastic/kernels/rows-inl.h\"\n" "no header may include plastic/kernels/rows-inl.h")

execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${TREE} -D LONGEST=4 -P ${CMAKE_CURRENT_LIST_DIR}/layering_test.cmake
                RESULT_VARIABLE result ERROR_VARIABLE named)
if(result EQUAL 0)
  message(FATAL_ERROR "the script held a tree that breaks its rules for a good one")
endif()
string(REGEX REPLACE "CMake Error.*" "" named "${named}")
string(STRIP "${named}" named)
list(JOIN expected "\n" expected)
if(NOT named STREQUAL expected)
  message(FATAL_ERROR "expected\n${expected}\n\nnamed\n${named}")
endif()
