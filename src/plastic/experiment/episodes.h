#pragma once
// The episodes of an experiment, each a pure function of (seed, purpose, meta-step, lifetime).

#include <array>
#include <variant>

#include "plastic/experiment/config.h"
#include "plastic/tasks/few_shot.h"
#include "plastic/tasks/sinusoids.h"

namespace plastic {

// The config with the checksum of the image set that it finds: what goes on from it will find the same one.
// Throws Error where the set cannot be read.
Config pin_data(Config);

// The task that features for this one are pretrained on (task.joint): all its training classes, and lifetimes
// of about as many images. Throws Error where the image set cannot be read or has too few images.
TaskConfig joint_task(TaskConfig);

// Meta-training draws from one pool of tasks; validation, which chooses the checkpoint, from tasks held out
// of it; evaluation from a third, which nothing but `plastic evaluate` and `analyze`
// touch. Of images the pools are the
// splits of their set; in a joint task, images of its training classes: three quarters of each class's are
// for training.
class Episodes {
 public:
  // Throws Error where the image set cannot be read, is not what the config says, or has too few classes or
  // images.
  explicit Episodes(const Config&);

  template <class T>
  Episode<T> train(Index meta_step, Index lifetime) const;
  template <class T>
  Episode<T> validation(Index lifetime) const;
  // Of so many classes; 0: as the task has it.
  template <class T>
  Episode<T> evaluation(Index lifetime, Index ways = 0) const;

  // Minibatches of each task at this meta-step: all of them, or fewer while lifetimes grow.
  Index steps_per_task(Index meta_step) const;

 private:
  struct Sinusoids {
    explicit Sinusoids(const Config&);
    template <class T>
    Episode<T> draw(Split, Index steps_of_each, Index ways, Random) const;

    SinusoidOptions options;
    std::array<std::vector<Sinusoid>, 3> pools;  // by split
  };
  struct FewShot {
    explicit FewShot(const Config&);
    template <class T>
    Episode<T> draw(Split, Index steps_of_each, Index ways, Random) const;

    FewShotOptions options, measured;  // in training and validation, and in evaluation
    ImageSet images;
    std::array<std::vector<TurnedClass>, 3> classes;
  };
  using Family = std::variant<Sinusoids, FewShot>;
  static Family family_of(const Config&);

  template <class T>
  Episode<T> draw(Split, Index steps_of_each, Index ways, Random) const;

  Family family_;
  std::uint64_t seed_;
  Index steps_of_each_, measured_steps_of_each_;
  MetaConfig growth_;
};

}  // namespace plastic
