package Inv::Certificates;

# An authority of a test's own and what it has signed: NAME.crt and NAME.key in
# a folder, good for two days.

use strict;
use warnings;

use Inv::Process;

# dir: exists.
sub new {
    my ($class, $dir) = @_;
    return bless { dir => $dir }, $class;
}

sub path { my ($self, $file) = @_; return "$self->{dir}/$file" }

# subject: as openssl wants it, /CN=... .
sub authority {
    my ($self, $name, $subject) = @_;
    $self->_key($name, $subject, '-x509', '-days', 2,
        '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
        '-out', $self->path("$name.crt"));
    return $self;
}

# by: the authority's name.  for: `serverAuth`, with the host name as that of
# the certificate, or `clientAuth`.
sub certificate {
    my ($self, $name, %opt) = @_;
    my $extensions = "extendedKeyUsage=$opt{for}\n";
    $extensions .= "subjectAltName=DNS:$name\n" if $opt{for} eq 'serverAuth';
    $self->_write("$name.ext", $extensions);
    $self->_key($name, $opt{subject} // "/CN=$name",
        '-out', $self->path("$name.csr"));
    my $by = $self->path($opt{by});
    $self->_openssl('x509', '-req', '-in', $self->path("$name.csr"),
        '-CA', "$by.crt", '-CAkey', "$by.key", '-CAcreateserial',
        '-days', 2, '-extfile', $self->path("$name.ext"),
        '-out', $self->path("$name.crt"));
    return $self;
}

sub _key {
    my ($self, $name, $subject, @more) = @_;
    $self->_openssl('req', '-newkey', 'ec', '-pkeyopt',
        'ec_paramgen_curve:prime256v1', '-nodes', '-subj', $subject,
        '-keyout', $self->path("$name.key"), @more);
    return;
}

sub _openssl {
    my ($self, @words) = @_;
    my $process = Inv::Process->start($self->path('openssl.log'), 'openssl',
        @words);
    my $status = $process->wait_end(60);
    die "openssl @words: ", $process->output, "\n"
        if !defined $status || $status;
    return;
}

sub _write {
    my ($self, $file, $text) = @_;
    open my $out, '>', $self->path($file) or die "$file: $!\n";
    print {$out} $text;
    close $out or die "$file: $!\n";
    return;
}

1;
