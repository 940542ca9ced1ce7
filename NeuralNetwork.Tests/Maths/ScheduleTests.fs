/// The learning rate over the steps.
module NeuralNetwork.Tests.Maths.ScheduleTests

open NeuralNetwork
open NeuralNetwork.Tests

let private rateOf (seed: uint16) = 1e-5 + float seed / 1000.0

let tests =
    group
        "Schedule"
        [ group
              "constant"
              [ law "A constant rate is the same at every step" (fun (seed: uint16) (step: uint16) ->
                    Schedule.at (int step + 1) (Schedule.Constant(rateOf seed)) = rateOf seed) ]
          group
              "cosine"
              [ law
                    "A cosine begins at its rate, is half of it half way and ends at zero"
                    (fun (seed: uint16) (half: uint16) ->
                        let rate, half = rateOf seed, int half + 1
                        let schedule = Schedule.Cosine(rate, 2 * half)
                        Expect.within 0.0 rate (Schedule.at 1 schedule)
                        Expect.within (4e-16 * rate) (0.5 * rate) (Schedule.at (half + 1) schedule)
                        Expect.within 0.0 0.0 (Schedule.at (2 * half + 1) schedule)
                        Expect.within 0.0 0.0 (Schedule.at (20 * half) (Schedule.Cosine(rate, 2 * half))))
                law "A cosine stays between zero and its rate and never rises" (fun (seed: uint16) (steps: uint8) ->
                    let rate, steps = rateOf seed, int steps + 1

                    let rates =
                        List.init (steps + 3) (fun step -> Schedule.at (step + 1) (Schedule.Cosine(rate, steps)))

                    List.forall (fun r -> 0.0 <= r && r <= rate) rates && rates = List.sortDescending rates) ] ]
