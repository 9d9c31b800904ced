#pragma once
// N-way k-shot classification (paper, section 4): a lifetime meets N classes of images that it never saw, k
// images of each, one at a time, and is then asked about other images of the same classes.
//   x  [channels, height, width] in [0, 1]        y  one-hot, the classes' labels in random order

#include <vector>

#include "plastic/base/random.h"
#include "plastic/datasets/image_set.h"
#include "plastic/model/episode.h"
#include "plastic/tasks/order.h"

namespace plastic {

struct FewShotOptions {
  Order order = Order::continual;
  Index ways = 5;           // N
  Index shots = 5;          // k
  Index query = 5;          // query images of each class
  Index outputs = 5;        // width of y, at least `ways`: labels are drawn among so many
  bool own_labels = false;  // no labels are drawn: the n-th class has the label n in every lifetime
};

// Images of a class of an image set, turned by so many quarters.
struct TurnedClass {
  Index number;
  int quarters;
  Index first, images;  // first .. first+images-1 of the set
};

// The classes of a split; with rotations also turned by 90, 180 and 270 degrees, each a class of its own.
std::vector<TurnedClass> few_shot_classes(const ImageSet&, Split, bool rotations);

// Throws Error naming the set unless every episode can be drawn: `ways` different classes, of images enough
// each for support and query. `section` of the config is where these are asked for.
void require_enough(const FewShotOptions&, const ImageSet&, Split, const std::vector<TurnedClass>&,
                    const char* section = "task");

// Draws different classes, and of each different images for support and query. A continual lifetime meets the
// i-th class i-th.
template <class T>
Episode<T> few_shot_episode(const FewShotOptions&, const ImageSet&, const std::vector<TurnedClass>&, Random);

}  // namespace plastic
