/// Schedules: golden values, bounds, continuity, and the rule for plateaus.
module NeuralNetwork.Tests.Maths.CatalogueSchedules

open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private rates steps schedule = List.map (fun step -> Schedule.at step schedule) steps

let private agree (expected: float list) (actual: float list) =
    List.iter2 (fun expected actual -> Expect.within (4e-15 * abs expected) expected actual) expected actual

/// Bad epochs from the second on: the factor after each count of epochs.
let private onFlat rule epochs = List.init epochs (fun count -> Schedule.plateau rule (List.replicate count 1.0))

/// Those that have no corner within a run.
let private smooth =
    let names = set [ "cosine"; "exponential"; "polynomial"; "inverse-time"; "one-cycle" ]
    Schedule.all |> List.filter (fun (name, _) -> names.Contains name)

let tests =
    group
        "Schedule"
        ([ group
               "step"
               [ test "Steps drop the rate after so many steps" (fun () ->
                     rates [ 1; 10; 11; 20; 21 ] (Schedule.Step(0.5, 0.1, 10)) |> agree [ 0.5; 0.5; 0.05; 0.05; 0.005 ]) ]
           group
               "exponential"
               [ test "An exponential falls by its factor in so many steps" (fun () ->
                     rates [ 1; 6; 11; 21 ] (Schedule.Exponential(0.4, 0.25, 10)) |> agree [ 0.4; 0.2; 0.1; 0.025 ]) ]
           group
               "polynomial"
               [ test "A polynomial falls from its rate to its final one and stays" (fun () ->
                     rates [ 1; 6; 11; 99 ] (Schedule.Polynomial(1.0, 0.2, 10, 2.0)) |> agree [ 1.0; 0.4; 0.2; 0.2 ]) ]
           group
               "inverse-time"
               [ test "Inverse time divides by a line" (fun () ->
                     rates [ 1; 11; 21 ] (Schedule.InverseTime(0.6, 1.0, 10)) |> agree [ 0.6; 0.3; 0.2 ]) ]
           group
               "cosine-restarts"
               [ test "Restarts begin at the rate again, in periods that grow" (fun () ->
                     let same, twice = Schedule.CosineRestarts(1.0, 10, 1.0), Schedule.CosineRestarts(1.0, 10, 2.0)
                     rates [ 1; 6; 11; 16; 21 ] same |> agree [ 1.0; 0.5; 1.0; 0.5; 1.0 ]
                     rates [ 1; 6; 11; 21; 31; 51; 71 ] twice |> agree [ 1.0; 0.5; 1.0; 0.5; 1.0; 0.5; 1.0 ])
                 test "Every period of restarts begins at its step, whatever the first one's length" (fun () ->
                     for first in [ 1; 3; 7; 10; 97 ] do
                         for growth in [ 2.0; 3.0 ] do
                             let schedule = Schedule.CosineRestarts(1.0, first, growth)
                             let starts = List.scan (fun start k -> start + first * int (growth ** k)) 1 [ 0.0 .. 6.0 ]

                             for start in starts do
                                 Expect.within 1e-12 1.0 (Schedule.at start schedule)) ]
           group
               "one-cycle"
               [
                 // PyTorch's OneCycleLR(max_lr = 1, total_steps = 10) gives these for steps 0, 1, 2 and 9: up to the rate at the third.
                 test "One cycle rises, falls and ends where PyTorch's does" (fun () ->
                     let schedule = Schedule.OneCycle(1.0, 10, 0.3, 25.0, 1e4)
                     rates [ 1; 2; 3; 10 ] schedule |> agree [ 0.04; 0.52; 1.0; 4e-6 ]
                     // The fifth of the seven steps down: ½ (1 + cos (5π/7)) of the way left.
                     rates [ 8 ] schedule
                     |> agree [ 4e-6 + (1.0 - 4e-6) * 0.5 * (1.0 + cos (5.0 * System.Math.PI / 7.0)) ]) ]
           group
               "plateau"
               [ test "PyTorch's plateau bears ten epochs, Keras's drops at the tenth" (fun () ->
                     let torch, keras = onFlat Plateau.Torch 30, onFlat Plateau.Keras 30
                     Expect.equal 11 (List.findIndex ((>) 1.0) torch - 1)
                     Expect.equal 10 (List.findIndex ((>) 1.0) keras - 1)
                     agree [ 0.01 ] [ Schedule.plateau Plateau.Torch (List.replicate 23 1.0) ]
                     agree [ 0.1 ] [ Schedule.plateau Plateau.Torch (List.replicate 22 1.0) ])
                 test "A threshold is a share of the best for PyTorch and absolute for Keras" (fun () ->
                     // From 10⁻³ a fall of 10⁻⁶ is progress by a share of 10⁻⁴, but not by 10⁻⁴ itself.
                     let metrics = List.init 15 (fun epoch -> 1e-3 - 1e-6 * float epoch)
                     Expect.equal 1.0 (Schedule.plateau Plateau.Torch metrics)
                     Expect.equal 0.1 (Schedule.plateau Plateau.Keras metrics))
                 test "A cooldown leaves epochs unjudged, and the factor has a floor" (fun () ->
                     let rule = { Plateau.Torch with Patience = 0; Cooldown = 2; Factor = 0.5; Lowest = 0.2 }
                     // Epoch 1 sets the best; 2 drops; 3 and 4 are not judged; 5 drops; 6 and 7 are not; 8 would fall below the floor.
                     onFlat rule 9 |> agree [ 1.0; 1.0; 0.5; 0.5; 0.5; 0.25; 0.25; 0.25; 0.2 ])
                 test "A NaN is no progress and progress starts the count anew" (fun () ->
                     let rule = { Plateau.Torch with Patience = 1 }
                     Expect.equal 0.1 (Schedule.plateau rule [ 1.0; nan; nan ])
                     Expect.equal 1.0 (Schedule.plateau rule [ 1.0; nan; 0.5; nan; 0.2 ])) ]

           test "A warm-up rises in a line to the first rate of what is behind it" (fun () ->
               let schedule = Schedule.Warmup(4, Schedule.Cosine(0.8, 10))
               rates [ 1; 2; 3; 4; 9; 14 ] schedule |> agree [ 0.2; 0.4; 0.6; 0.8; 0.4; 0.0 ]) ]
         @ byEntry
             [ states
                   [ 57 ]
                   (lawOfEach
                       "A warm-up goes over into its schedule without a jump, whatever that is"
                       Schedule.all
                       (fun make (steps: uint8) ->
                           let next = make 0.3 1000
                           let warm = int steps
                           let schedule = Schedule.Warmup(warm, next)
                           let shift = max 0 (warm - 1)
                           Expect.equal (Schedule.at 1 next) (Schedule.at (shift + 1) schedule)

                           for step in [ 1; 2; 500; 2000 ] do
                               Expect.equal (Schedule.at step next) (Schedule.at (shift + step) schedule)

                           for step in 1..shift do
                               Expect.within
                                   1e-15
                                   (Schedule.at 1 next / float warm)
                                   (Schedule.at (step + 1) schedule - Schedule.at step schedule)))
               states
                   [ 57 ]
                   (lawOfEach
                       "Rates lie between 0 and the rate of the name"
                       Schedule.all
                       (fun make (steps: uint16) (step: uint16) ->
                           let schedule = make 0.7 (int steps + 1)

                           for schedule in [ schedule; Schedule.Warmup(20, schedule) ] do
                               let rate = Schedule.at (int step + 1) schedule
                               Expect.that (rate >= 0.0 && rate <= 0.7 * (1.0 + 1e-15)) $"{schedule} at {step}: {rate}"))
               lawOfEach "Smooth schedules take no jumps" smooth (fun make (steps: uint16) (step: uint16) ->
                   let steps, step = int steps + 20, 1 + int step % (int steps + 20)
                   let schedule = make 1.0 steps
                   let change = abs (Schedule.at (step + 1) schedule - Schedule.at step schedule)
                   // The steepest is the rise of one cycle: half a cosine in 0.3 of the steps less one.
                   Expect.that (change <= 10.0 / float steps) $"it jumps by {change} at {step} of {steps}")
               states
                   [ 57 ]
                   (lawOfEach
                       "Only a plateau reads the metrics"
                       Schedule.all
                       (fun make (step: uint16) (metrics: float list) ->
                           let schedule = make 0.1 100

                           if Schedule.name schedule <> "plateau" then
                               Expect.equal
                                   (Schedule.at (int step + 1) schedule)
                                   (Schedule.given metrics (int step + 1) schedule)
                           else
                               let rate = 0.1 * Schedule.plateau Plateau.Torch metrics
                               Expect.equal rate (Schedule.given metrics (int step + 1) schedule)

                               Expect.equal
                                   rate
                                   (Schedule.given metrics (int step + 10) (Schedule.Warmup(10, schedule))))) ])
