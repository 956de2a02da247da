package Inv::Bench::Table;

# The table of a benchmark: rounds of what is measured, interleaved, and a row
# for each target with what it is compared with, side by side.
#
# A target is {name, run: called with workers and connections, returns a result
# of Inv::Bench::Load; base: names of those that it is compared with; hidden: it
# has no row of its own}.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(head measure percentile);

my $FIGURES = '%8s %7s %7s %6s';
my $AGAINST = '%8s %6s %6s';

# titles: of each column of comparison.
sub head {
    my (@titles) = @_;
    printf "%-7s %-5s %-17s %s", '', '', '', sprintf $FIGURES, ('') x 4;
    printf " | %-22s", $_ for @titles;
    printf "\n%-7s %-5s %-17s %s", 'workers', 'conns', 'request',
        sprintf $FIGURES, 'req/s', 'p50', 'p99', 'nginx';
    printf ' | %s', sprintf $AGAINST, 'req/s', 'times', 'nginx' for @titles;
    print "\n";
    return;
}

# rounds of all targets, one after another in each; then their rows.
sub measure {
    my ($rounds, $workers, $connections, @targets) = @_;
    my %of;
    for my $round (1 .. $rounds) {
        push @{ $of{ $_->{name} } }, $_->{run}->($workers, $connections)
            for @targets;
    }
    for my $target (grep { !$_->{hidden} } @targets) {
        row($workers, $connections, $target->{name},
            map { $of{$_} } $target->{name}, @{ $target->{base} // [] });
    }
    return;
}

# results, bases: references to the results of all rounds.
sub row {
    my ($workers, $connections, $name, $results, @bases) = @_;
    my $of = median_result(@{$results});
    printf "%-7s %-5s %-17s %s", $workers, $connections, $name,
        sprintf $FIGURES, sprintf('%.0f', $of->{rate}),
        map { sprintf '%.2f', $_ } $of->{p50} / 1000, $of->{p99} / 1000,
        $of->{cpu};
    printf ' | %s', against($results, $_) for @bases;
    my @accounts = map { $_->{account} // () } map { @{$_} } $results, @bases;
    print ' | ', join '; ', @accounts if @accounts;
    print "\n";
    return;
}

# Rounds are compared one by one: what disturbs a round disturbs all in it.
sub against {
    my ($results, $base) = @_;
    return sprintf $AGAINST,
        sprintf('%.0f', median_result(@{$base})->{rate}),
        map { defined $_ ? sprintf '%.2f', $_ : '' }
        median_ratio($results, $base, 'rate'),
        median_ratio($results, $base, 'cpu');
}

sub median_ratio {
    my ($results, $base, $what) = @_;
    my @ratios = sort { $a <=> $b }
        map { $results->[$_]{$what} / $base->[$_]{$what} }
        grep { $base->[$_]{$what} } 0 .. $#{$results};
    return $ratios[ $#ratios / 2 ];
}

# The result in the middle of the rates; the lower of two.
sub median_result {
    my (@results) = sort { $a->{rate} <=> $b->{rate} } @_;
    return $results[ $#results / 2 ];
}

# The least of the values that so large a part of them does not pass.
sub percentile {
    my ($part, @values) = @_;
    @values = sort { $a <=> $b } @values;
    my $at = int($part * @values + 0.999_999) - 1;
    return $values[ $at < 0 ? 0 : $at ];
}

1;
